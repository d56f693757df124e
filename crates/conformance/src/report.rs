use std::fmt;

use archscale_text::{significant, with_error};
use archscale_theory::Wide;
use serde::Serialize;

use crate::{Agreement, Check, ConformanceError, Departure, Verdict};

/// Columns of a line, at most.
const WIDTH: usize = 80;

/// What the suite found of a layer. It prints as tables of at most 80 columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The layer's name.
    pub layer: String,
    /// Its function, where it is coordinatewise.
    pub expression: Option<String>,
    /// What the law says of the suite's program.
    pub law: Option<LawNumbers>,
    /// Why it says nothing.
    pub law_problem: Option<String>,
    /// One for each check.
    pub checks: Vec<Check>,
    /// The evidence of the last check, where it was made.
    pub agreement: Option<Agreement>,
}

/// The infinite-width law of the program that tests the layer, per unit η² and label variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LawNumbers {
    /// lim E|h|²/n of the layer's vector h.
    pub second_moment: f64,
    /// lim E(Δh_i)² after one gradient step.
    pub squared_change: f64,
    /// lim E(Δy_i)² of y = V h.
    pub reader_squared_change: f64,
    /// Largest relative standard error of the three; 0 unless the law is sampled.
    pub relative_error: f64,
}

impl LawNumbers {
    fn of(law: &Wide) -> Self {
        Self {
            second_moment: law.nodes[0].second_moment,
            squared_change: law.nodes[0].mean_squared_change,
            reader_squared_change: law.nodes[1].mean_squared_change,
            relative_error: law.relative_error(),
        }
    }
}

impl Report {
    pub(crate) fn new(
        layer: String,
        expression: Option<String>,
        law: Result<Wide, ConformanceError>,
        checks: Vec<Check>,
        agreement: Option<Agreement>,
    ) -> Self {
        let (law, law_problem) = match law {
            Ok(law) => (Some(LawNumbers::of(&law)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { layer, expression, law, law_problem, checks, agreement }
    }

    /// A check by its name.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Fails where one check fails, is undecided where one is; else the layer conforms.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.checks.iter().any(|check| check.verdict() == verdict);
        match (any(Verdict::Fails), any(Verdict::Undecided)) {
            (true, _) => Verdict::Fails,
            (_, true) => Verdict::Undecided,
            _ => Verdict::Holds,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict() {
            Verdict::Fails => "FAILS",
            Verdict::Undecided => "undecided",
            Verdict::Holds | Verdict::Absent => "conforms",
        };
        lines(f, "", &format!("{}: {verdict}", self.layer))?;
        if let Some(expression) = &self.expression {
            lines(f, "  ", &format!("f = {expression}"))?;
        }
        writeln!(f, "\n{:13} {:>8} {:>6} {:>12}  2 % wrong verdict", "check", "compared", "of", "largest")?;
        for check in &self.checks {
            row(f, check)?;
        }
        writeln!(f, "largest: distance found, in units of what is allowed")?;
        for check in &self.checks {
            evidence(f, check)?;
        }
        writeln!(f)?;
        if let Some(law) = &self.law {
            write!(f, "{law}")?;
        }
        if let Some(problem) = &self.law_problem {
            lines(f, "", &format!("no law: {problem}"))?;
        }
        self.agreement.as_ref().map_or(Ok(()), |agreement| write!(f, "\n{agreement}"))
    }
}

fn row(f: &mut fmt::Formatter<'_>, check: &Check) -> fmt::Result {
    let largest = check.largest.as_ref().map_or_else(|| "—".into(), |largest| brief(largest.ratio()));
    let mutant = match check.mutant_refused {
        None => "—",
        Some(true) => "refused",
        Some(false) => "NOT SEEN",
    };
    let (compared, required) = (check.compared, check.required);
    writeln!(f, "{:13} {compared:8} {required:>6} {largest:>12}  {mutant:9} {}", check.name, check.verdict())
}

/// What failed, and what could not be decided.
fn evidence(f: &mut fmt::Formatter<'_>, check: &Check) -> fmt::Result {
    // The worst one tells most; the others are in the fields.
    let worst = check.departures.iter().max_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    if let Some(departure) = worst {
        let more = check.departures.len() - 1;
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        lines(f, "  ", &format!("{}: {departure}{more}", check.name))?;
    }
    match (&check.problem, check.verdict()) {
        (Some(problem), _) => lines(f, "  ", &format!("{}: {problem}", check.name)),
        (None, Verdict::Undecided) => {
            let why = if check.mutant_refused == Some(true) {
                "too little could be compared"
            } else {
                "a layer two per cent off would have passed, so this tells nothing"
            };
            lines(f, "  ", &format!("{}: {why}", check.name))
        }
        _ => Ok(()),
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: f64| if value.is_nan() { "none".into() } else { brief(value) };
        let (claimed, found) = (number(self.claimed), number(self.found));
        write!(f, "{}: claimed {claimed}, found {found}, allowed {}", self.place, number(self.allowed))
    }
}

impl fmt::Display for LawNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "law of the suite's program (per η², label variance 1)")?;
        let numbers = [
            ("E|h|²/n of the layer", self.second_moment),
            ("E(Δh_i)² of the layer", self.squared_change),
            ("E(Δy_i)² of its reader, n → ∞", self.reader_squared_change),
        ];
        for (what, value) in numbers {
            writeln!(f, "  {what:32} {}", significant(value, 9))?;
        }
        if self.relative_error > 0.0 {
            writeln!(f, "  sampled, relative standard error {}", brief(self.relative_error))?;
        }
        Ok(())
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:44} {:>10} {:>17} {:>6}", "agreement", "law", "simulated", "z")?;
        for judged in &self.decisions {
            let decision = &judged.decision;
            let simulated = with_error(decision.estimate, decision.standard_error);
            let law = significant(decision.prediction, 5);
            writeln!(f, "{:44} {law:>10} {simulated:>17} {:6.2}", judged.quantity, decision.z)?;
        }
        let networks = self.widths.iter().zip(self.networks);
        let networks = networks.map(|(width, count)| format!("{} of width {width}", self.groups * count));
        let sample = format!(
            "{} groups, that is {} networks; seed {}",
            self.groups,
            networks.collect::<Vec<_>>().join(", "),
            self.seed
        );
        lines(f, "", &sample)?;
        let percent = |share: f64| significant(100.0 * share, 3);
        let rate = self.rate_margin.map_or_else(String::new, |margin| {
            format!(" (of the rate, {} % of the narrowest width's distance)", percent(margin))
        });
        let probability = format!(
            "a right law is refuted with probability at most {} ({} in each of {} decisions); an error of {} %{rate} is supported \
             with probability at most {}",
            brief(self.error_probability()),
            brief(self.false_alarm),
            self.decisions.len(),
            percent(self.margin),
            significant(1.0 - self.power, 3)
        );
        lines(f, "", &probability)
    }
}

/// Three digits, plain where that is short.
fn brief(value: f64) -> String {
    let plain = value == 0.0 || !value.is_finite() || (1e-3..1e6).contains(&value.abs());
    if plain { significant(value, 6) } else { format!("{value:.2e}") }
}

/// Writes a text in lines of at most 80 columns, each after this indent, broken at spaces.
fn lines(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    let mut line = String::from(indent);
    for word in text.split(' ') {
        let (length, more) = (line.chars().count(), word.chars().count());
        if length > indent.len() && length + 1 + more > WIDTH {
            writeln!(f, "{line}")?;
            line = indent.into();
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(f, "{line}")
}
