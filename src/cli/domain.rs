//! What an answer assumes of the training, and whether the initialisation keeps the second moment.

use std::fmt;

use archscale_model::{InitRule, Scaled};
use clap::Args;
use serde::Serialize;

use super::CliError;

/// How the user trains; whatever the laws do not cover is refused, with what is known of it.
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
    /// What is known, where the laws do not cover it.
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
    /// Refuses what is not covered, with what is known of it.
    fn check(&self, answer: &str) -> Result<(), CliError> {
        let (option, wanted) = (self.option, answer.to_lowercase());
        match self.entries.iter().find(|entry| entry.names.contains(&wanted.as_str())).map(|entry| entry.gap) {
            Some(None) => Ok(()),
            Some(Some(known)) => Err(CliError::Usage(format!("{option} {answer}: {known}"))),
            None => {
                let names: Vec<&str> = self.entries.iter().flat_map(|entry| entry.names).copied().collect();
                Err(CliError::Usage(format!(
                    "{option} {answer}: nothing is known of it here; known are {}",
                    names.join(", ")
                )))
            }
        }
    }
}

impl Training {
    /// What an answer at this width, or in the limit, assumes.
    ///
    /// # Errors
    /// Where the user trains otherwise.
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

/// What an answer assumes, in the words of the first line.
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

/// Where E|z|²/n may lie: beyond it gradients and updates of some layers are not of the size that a law compares.
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

/// Where E|z|²/n leaves [`KEPT`], in words: nothing where it does not.
pub(crate) fn drift(moments: impl IntoIterator<Item = AtVertex>, init: InitRule) -> Vec<String> {
    let Some([low, high]) = extremes(moments) else { return Vec::new() };
    let says = |what: &str, (vertex, value): AtVertex| {
        let offer = if init == InitRule::Keep { "" } else { ": --init keep keeps it at 1" };
        format!("E|z|²/n {what} to {} at vertex {vertex} under {init} init, out of [½, 2]{offer}", three(value))
    };
    let falls = (low.1 < KEPT[0].into()).then(|| says("falls", low));
    let grows = (high.1 > KEPT[1].into()).then(|| says("grows", high));
    falls.into_iter().chain(grows).collect()
}

/// Three significant digits.
pub(crate) fn three(value: Scaled) -> String {
    let (digits, exponent) = value.decimal();
    // Rounding may carry into a new digit.
    let (digits, exponent) = if digits.abs() >= 9.995 { (digits / 10.0, exponent + 1) } else { (digits, exponent) };
    match (value.fit(), exponent) {
        (Some(value), -3..=5) => archscale_text::significant(value, 3),
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
