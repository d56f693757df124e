use std::fmt::Write as _;
use std::path::Path;

use archscale_files::Outputs;
use archscale_plot::{Axis, Figure, Mark, Point, Series};

use super::{Comparison, Estimate, Plan, Rate, RecipeScore, Spread};
use crate::RatesError;

/// Names of the tables.
const PAGE: &str = "report.md";
const JSON: &str = "report.json";
/// Name of the figure's file.
const FIGURE: &str = "accuracies.svg";
/// Name of the file of rows, as [`super::Accuracies::read_file`] reads it.
const ROWS: &str = "accuracies.jsonl";

impl Comparison {
    /// Tables in Markdown, with the figure by name.
    #[must_use]
    pub fn markdown(&self) -> String {
        let plan = &self.plan;
        let protocol = &plan.protocol;
        let mut text = format!(
            "# {} cells of NAS-Bench-201, trained by {} recipes\n\nData: {}, {}. Width {}, batches of {}, {}, plain SGD at \
             a constant rate, seeds {}. Without batch normalisation, which the theory does not have; one cell between a \
             stem and a readout of the mean over positions. Intervals cover 95 % over the draw of cells.\n\n",
            plan.cells.len(),
            plan.recipes.len(),
            self.data.0,
            self.data.1,
            protocol.width,
            protocol.batch,
            protocol.budget,
            plan.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        );
        for tuned in &self.tuned {
            let end = if tuned.at_an_end { ", at an end of the grid: only a bound" } else { "" };
            let _ = writeln!(text, "- base {}, {}: rate {:.3}{end}", plan.base, tuned.start, tuned.learning_rate);
        }
        self.accuracies(&mut text);
        self.pairs(&mut text);
        self.ranks(&mut text);
        self.gaps(&mut text);
        self.by_cell(&mut text);
        let _ = writeln!(text, "\n![{FIGURE}]({FIGURE})");
        text
    }

    fn reference(&self) -> &str {
        self.plan.recipes.first().map_or("", |recipe| &recipe.name)
    }

    fn accuracies(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## Test accuracy, %\n\nA run that diverged counts as guessing.\n\n| recipe | weights | learning rate | \
             rates: median (quartiles) | accuracy | above {} | cells better, worse | diverged | learnt nothing | runs |\n\
             |---|---|---|---|---|---|---|---|---|---|",
            self.reference()
        );
        for score in &self.scores {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {}, {} | {} | {} | {} |",
                score.recipe.name,
                score.recipe.start,
                rule(score),
                spread(&score.rates, 1.0, 3),
                estimate(score.accuracy.as_ref(), 100.0, 1),
                estimate(score.gain(), 100.0, 1),
                score.better_worse.0,
                score.better_worse.1,
                score.diverged,
                score.unlearnt,
                score.runs
            );
        }
        for (score, reason) in
            self.scores.iter().flat_map(|score| score.passed_over.iter().map(move |reason| (score, reason)))
        {
            let _ = writeln!(text, "\n{}: a law was passed over, as {reason}.", score.recipe.name);
        }
    }

    fn pairs(&self, text: &mut String) {
        let names: Vec<&str> = self.plan.recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        let _ = writeln!(
            text,
            "\n## Points by which a recipe (row) is above another (column), paired by cell\n\n| | {} |\n|---|{}",
            names.join(" | "),
            "---|".repeat(names.len())
        );
        for score in &self.scores {
            let gains: Vec<String> = score.gains.iter().map(|gain| estimate(gain.as_ref(), 100.0, 1)).collect();
            let _ = writeln!(text, "| {} | {} |", score.recipe.name, gains.join(" | "));
        }
    }

    fn ranks(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## Rankings\n\nKendall's τ-b. The top are the cells that are best under {0}. Across: single runs by the \
             recipe and by {0}, from different seeds; moved: across minus the mean of the two τ between seeds, below 0 \
             where the recipe moves ranks more than a seed does.\n\n| recipe | cells | τ of seed means with {0} | across | \
             between seeds | between seeds of {0} | moved |\n|---|---|---|---|---|---|---|",
            self.reference()
        );
        for score in &self.scores {
            for (ranks, which) in [(&score.ranks, "all"), (&score.top_ranks, "top")] {
                let tau = |of: &Option<Estimate>| estimate(of.as_ref(), 1.0, 2);
                let _ = writeln!(
                    text,
                    "| {} | {which} {} | {} | {} | {} | {} | {} |",
                    score.recipe.name,
                    ranks.cells,
                    tau(&ranks.of_means),
                    tau(&ranks.across),
                    tau(&ranks.seeds),
                    tau(&ranks.reference_seeds),
                    tau(&ranks.moved)
                );
            }
        }
    }

    fn gaps(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## Gaps of accuracy, points: median (quartiles)\n\n| recipe | between two cells | between two seeds of a \
             cell |\n\
             |---|---|---|"
        );
        for score in &self.scores {
            let (cells, seeds) = (spread(&score.gaps, 100.0, 1), spread(&score.seed_gaps, 100.0, 1));
            let _ = writeln!(text, "| {} | {cells} | {seeds} |", score.recipe.name);
        }
    }

    fn by_cell(&self, text: &mut String) {
        let names: Vec<&str> = self.plan.recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        let _ = writeln!(
            text,
            "\n## Cells: accuracy, % (learning rate)\n\n| cell | {} |\n|---|{}",
            names.join(" | "),
            "---|".repeat(names.len())
        );
        for cell in &self.cells {
            let _ = write!(text, "| {} |", cell.cell);
            for (accuracy, rate) in cell.accuracies.iter().zip(&cell.learning_rates) {
                let _ = write!(text, " {:.1} ({rate:.3}) |", 100.0 * accuracy);
            }
            text.push('\n');
        }
    }

    /// Every cell's accuracy by each recipe against the reference's.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let series = |(index, score): (usize, &RecipeScore)| Series {
            name: match score.gain() {
                Some(gain) => format!("{}: {:+.1} on average", score.recipe.name, 100.0 * gain.value),
                None => score.recipe.name.clone(),
            },
            points: self
                .cells
                .iter()
                .map(|cell| Point::new(100.0 * cell.accuracies[0], 100.0 * cell.accuracies[index]))
                .collect(),
            mark: Mark::Dots,
        };
        Figure {
            title: format!("Cells of NAS-Bench-201 on {}: recipes against {}", self.plan.data, self.reference()),
            x: Axis::linear(format!("test accuracy by recipe {}, %", self.reference())),
            y: Axis::linear("test accuracy by the recipe, %"),
            series: self.scores.iter().enumerate().skip(1).map(series).collect(),
            identity: true,
        }
    }

    /// The files of a comparison by this plan in a folder, to be opened before the work.
    ///
    /// # Errors
    /// A folder that cannot be written, and files in it that no comparison on these data and this base left there as they
    /// are.
    pub fn outputs(path: &Path, plan: &Plan) -> Result<Outputs, RatesError> {
        let subject = format!("cells on {}, base {}", plan.data, plan.base);
        Ok(Outputs::open(path, "archscale maxlr cells", &subject, &[PAGE, JSON, ROWS, FIGURE])?)
    }

    /// Writes report.md, report.json, accuracies.jsonl and the figure.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, into: Outputs) -> Result<(), RatesError> {
        let json = serde_json::to_string_pretty(self)? + "\n";
        let files = [(PAGE, self.markdown()), (JSON, json), (ROWS, self.accuracies.lines()?), (FIGURE, self.figure().svg())];
        for (name, text) in files {
            into.write(name, |out| out.write_all(text.as_bytes()))?;
        }
        into.finish()?;
        Ok(())
    }
}

fn rule(score: &RecipeScore) -> String {
    match (&score.recipe.rate, &score.law) {
        (Rate::Level, Some(law)) => format!("mean of law {law}, for all cells"),
        (_, Some(law)) => format!("law {law}"),
        (Rate::Tuned(times), _) if *times != 1.0 => format!("{times} × the base's"),
        _ => "the base's".into(),
    }
}

fn estimate(of: Option<&Estimate>, unit: f64, digits: usize) -> String {
    match of {
        Some(Estimate { value, interval: Some((low, high)) }) => {
            format!("{:.digits$} [{:.digits$}, {:.digits$}]", unit * value, unit * low, unit * high)
        }
        Some(Estimate { value, interval: None }) => format!("{:.digits$}", unit * value),
        None => "–".into(),
    }
}

fn spread(of: &Spread, unit: f64, digits: usize) -> String {
    if of.median.is_nan() {
        return "–".into();
    }
    format!("{:.digits$} ({:.digits$}, {:.digits$})", unit * of.median, unit * of.lower, unit * of.upper)
}
