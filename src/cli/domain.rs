//! Assumptions of an answer on the training, and warnings where the initialisation does not keep the second moment.

use std::fmt;

use archscale_model::{InitRule, Scaled};
use archscale_text::{Refusal, did_you_mean, significant};
use clap::Args;
use serde::Serialize;

use super::CliError;

/// The user's training; a way that the laws do not cover is refused, with what is known of it.
#[derive(Debug, Args)]
pub(crate) struct Training {
    /// Optimiser: the laws cover sgd; of momentum, adam, adamw, muon and others they say what is known.
    #[arg(long, value_name = "NAME", default_value = "sgd")]
    optimizer: String,
    /// Loss: the laws cover mse, the squared loss; of ce, cross-entropy, they say what is known.
    #[arg(long, value_name = "NAME", default_value = "mse")]
    loss: String,
    /// Normalisation: the laws cover none; of batch, layer and others they say what is known.
    #[arg(long, value_name = "NAME", default_value = "none")]
    norm: String,
}

/// One way to train.
struct Entry {
    names: &'static [&'static str],
    /// Knowledge of it, where the laws do not cover it.
    gap: Option<&'static str>,
}

/// One option with its entries; the first is covered.
struct Question {
    option: &'static str,
    entries: &'static [Entry],
}

const fn covered(names: &'static [&'static str]) -> Entry {
    Entry { names, gap: None }
}

const fn gap(names: &'static [&'static str], known: &'static str) -> Entry {
    Entry { names, gap: Some(known) }
}

const OPTIMIZERS: Question = Question {
    option: "--optimizer",
    entries: &[
        covered(&["sgd"]),
        gap(
            &["momentum", "nesterov"],
            "no law here for momentum, whose first step is plain SGD's and whose later steps are not. Measured with momentum 0.9 on 31 \
             DAGs (proofs/trained-rates.md): ln η moved by 0.64 of what output-kernel says (r = 0.85), by 0.14 of what the paper's law \
             says; one rate for all was off by 0.27 in ln η, output-kernel by 0.19",
        ),
        gap(
            &["adam"],
            "no law here for Adam: its first step is η g/(|g| + ε), a descent by signs that moves a sum over n inputs by up to nη, so its \
             rate falls as 1/n with width. Over depth and wiring nothing is known here: keep the base's rate at the base's width, and sweep",
        ),
        gap(
            &["adamw"],
            "no law here for AdamW: its first step is that of Adam, a descent by signs whose rate falls as 1/n with width, and weight \
             decay is outside. Over depth and wiring nothing is known here: keep the base's rate at the base's width, and sweep",
        ),
        gap(
            &["rmsprop", "adagrad", "lion", "signsgd"],
            "no law here: a first step that divides each gradient by its own size is a descent by signs, whose rate falls as 1/n with \
             width. Over depth and wiring nothing is known here: keep the base's rate at the base's width, and sweep",
        ),
        gap(
            &["muon", "shampoo"],
            "no law here: an orthogonalised step has a size that does not depend on the gradient's. Over depth and wiring nothing is known \
             here: keep the base's rate, and sweep",
        ),
    ],
};

const LOSSES: Question = Question {
    option: "--loss",
    entries: &[
        covered(&["mse"]),
        gap(
            &["ce", "cross-entropy"],
            "the laws are derived for the squared loss. Cross-entropy enters a first step from outputs near 0 by the size of the \
             residual alone, the same for every architecture, so that ratios of rates agree there; the 624 networks of \
             proofs/trained-rates.md were trained with it, and the order in which `scale` recommends laws rests on them. Leave --loss out \
             to get that ratio",
        ),
        gap(
            &["mae", "l1", "huber", "hinge"],
            "the laws are derived for the squared loss, and no other than cross-entropy was measured",
        ),
    ],
};

const NORMS: Question = Question {
    option: "--norm",
    entries: &[
        covered(&["none"]),
        gap(
            &["batch", "layer", "group", "instance", "rms", "weight"],
            "no law here for networks with normalisation: it keeps second moments by itself and divides gradients by the scale of the \
             weights, so neither the initialisation nor the rates that are printed here apply. Keep the base's rate, and sweep",
        ),
    ],
};

impl Question {
    /// Refuses a way that is not covered, with what is known of it.
    fn check(&self, answer: &str) -> Result<(), CliError> {
        let wanted = answer.to_lowercase();
        let known = match self.entries.iter().find(|entry| entry.names.contains(&wanted.as_str())).map(|entry| entry.gap) {
            Some(None) => return Ok(()),
            Some(Some(known)) => known.into(),
            None => {
                let names: Vec<&str> = self.entries.iter().flat_map(|entry| entry.names).copied().collect();
                let meant = did_you_mean(&wanted, names.iter().copied());
                format!("nothing is known of it here; known are {}{meant}", names.join(", "))
            }
        };
        Err(Refusal::new(self.option, answer, known).into())
    }
}

impl Training {
    /// The assumptions of an answer at this width, or in the limit.
    ///
    /// # Errors
    /// Another way to train.
    pub(crate) fn assumes(&self, width: Option<u64>) -> Result<Assumes, CliError> {
        OPTIMIZERS.check(&self.optimizer)?;
        LOSSES.check(&self.loss)?;
        NORMS.check(&self.norm)?;
        Ok(Assumes {
            optimizer: "plain SGD, one rate η for all weights",
            loss: "squared loss",
            readout: "readout N(0, C/n²)",
            biases: "no biases",
            normalization: "no normalisation",
            batch: "one data point",
            width: width.map_or_else(|| "n → ∞".into(), |width| format!("n = {width}")),
        })
    }
}

/// Assumptions of an answer, in the words of the first line.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Assumes {
    optimizer: &'static str,
    loss: &'static str,
    readout: &'static str,
    biases: &'static str,
    normalization: &'static str,
    batch: &'static str,
    width: String,
}

impl fmt::Display for Assumes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { optimizer, loss, readout, biases, normalization, batch, width } = self;
        write!(f, "Assumes: {optimizer}; {loss}; {readout}; {biases}; {normalization}; {batch}; {width}.")
    }
}

/// Range of E|z|²/n: beyond it gradients and updates of some layers are not of the size that a law compares.
pub(crate) const KEPT: [f64; 2] = [0.5, 2.0];

/// A vertex and its E|z|²/n.
pub(crate) type AtVertex = (usize, Scaled);

/// The vertices of smallest and largest E|z|²/n.
pub(crate) fn extremes(moments: impl IntoIterator<Item = AtVertex>) -> Option<[AtVertex; 2]> {
    let mut moments = moments.into_iter();
    let first = moments.next()?;
    Some(
        moments.fold([first; 2], |[low, high], at| {
            [if at.1 < low.1 { at } else { low }, if at.1 > high.1 { at } else { high }]
        }),
    )
}

/// Warnings where E|z|²/n leaves [`KEPT`]; none where it does not.
pub(crate) fn drift(moments: impl IntoIterator<Item = AtVertex>, init: InitRule) -> Vec<String> {
    let Some([low, high]) = extremes(moments) else { return Vec::new() };
    let falls = (low.1 < KEPT[0].into()).then(|| leaves_range("falls", low, init));
    let grows = (high.1 > KEPT[1].into()).then(|| leaves_range("grows", high, init));
    falls.into_iter().chain(grows).collect()
}

/// The warning of one vertex, with the option that mends it.
fn leaves_range(how: &str, (vertex, value): AtVertex, init: InitRule) -> String {
    let offer = if init == InitRule::Keep { "" } else { ": --init keep keeps it at 1" };
    format!("E|z|²/n {how} to {} at vertex {vertex} under {init} init, out of [½, 2]{offer}", three(value))
}

/// Three significant digits, plain where that is short.
pub(crate) fn three(value: Scaled) -> String {
    let (digits, exponent) = value.decimal();
    // Rounding may carry into a new digit.
    let (digits, exponent) = if digits.abs() >= 9.995 { (digits / 10.0, exponent + 1) } else { (digits, exponent) };
    match (value.fit(), exponent) {
        (Some(value), -3..=5) => significant(value, 3),
        _ => format!("{digits:.2}e{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.110618, "0.111"),
            (25.6289, "25.6"),
            (73728.0, "73728"),
            (0.00999999, "0.01"),
            (3.41e-5, "3.41e-5"),
            (2.5e7, "2.50e7"),
            (9.996e-5, "1.00e-4"),
        ] {
            assert_eq!(three(value.into()), text);
        }
        assert_eq!(three(Scaled::power_of_two(-4000)), "7.59e-1205");
    }

    #[test]
    fn every_entry_is_found_by_its_names_and_only_the_first_is_covered() {
        for question in [OPTIMIZERS, LOSSES, NORMS] {
            for (at, entry) in question.entries.iter().enumerate() {
                for name in entry.names {
                    let answer = question.check(&name.to_uppercase());
                    assert_eq!(answer.is_ok(), at == 0, "{name}");
                    assert!(answer.is_ok() || answer.is_err_and(|error| error.to_string().contains(&name.to_uppercase())));
                }
            }
        }
    }

    /// The cells of a group's first row in the table of measured rates: one rate's rms, then r, slope and rms of every law.
    fn measured(group: &str) -> Vec<String> {
        let file = include_str!("../../proofs/trained-rates.md");
        let row = file.lines().find(|line| line.starts_with(&format!("| {group} |"))).unwrap_or_default();
        row.split('|').map(|cell| cell.trim().to_string()).collect()
    }

    #[test]
    fn what_is_said_of_momentum_is_what_was_measured() {
        let row = measured("fresh-momentum");
        let (networks, one_rate) = (&row[2], &row[4]);
        let [paper, kernel] = [5, 8].map(|column| row[column].split(", ").map(String::from).collect::<Vec<_>>());
        let said = OPTIMIZERS.check("momentum").unwrap_err().to_string();
        for figure in [
            format!("on {networks} DAGs"),
            format!("ln η moved by {} of what output-kernel says (r = {})", kernel[1], kernel[0]),
            format!("by {} of what the paper's law says", paper[1]),
            format!("one rate for all was off by {one_rate} in ln η, output-kernel by {}", kernel[2]),
        ] {
            assert!(said.contains(&figure), "'{figure}' is not in: {said}");
        }
    }

    #[test]
    fn what_is_said_of_cross_entropy_names_as_many_networks_as_are_kept() {
        let kept = include_str!("../../proofs/trained-rates.jsonl").lines().count();
        let said = LOSSES.check("ce").unwrap_err().to_string();
        assert!(said.contains(&format!("the {kept} networks of proofs/trained-rates.md")), "{said}");
    }

    #[test]
    fn drift_names_the_vertex_of_the_extreme() {
        let at =
            |values: &[f64]| drift(values.iter().enumerate().map(|(at, &value)| (at + 1, value.into())), InitRule::Target);
        assert!(at(&[1.0, 2.0, 0.5]).is_empty() && at(&[]).is_empty());
        let both = at(&[1.0, 0.4, 8.0, 16.0, 0.3]);
        assert!(both[0].contains("falls to 0.3 at vertex 5") && both[1].contains("grows to 16 at vertex 4"), "{both:?}");
        assert!(both.iter().all(|text| text.contains("--init keep")));
    }
}
