//! Meanings of the symbols in the output.

use serde::Serialize;

use super::{CliError, Ending, output};

/// A symbol of the output.
#[derive(Debug, Serialize)]
struct Symbol {
    symbol: &'static str,
    meaning: &'static str,
    /// The commands whose output has it.
    place: &'static str,
}

const SYMBOLS: &[Symbol] = &[
    Symbol { symbol: "n", meaning: "width of every hidden vertex; over images the number of channels", place: "all" },
    Symbol {
        symbol: "z",
        meaning: "vector of a vertex: its pre-activation, in the convention post its output h",
        place: "all",
    },
    Symbol { symbol: "f", meaning: "output of the network, a number for one data point", place: "law, steps" },
    Symbol { symbol: "y", meaning: "label: independent of the weights, of mean 0 and variance 1", place: "law, steps" },
    Symbol { symbol: "η", meaning: "learning rate, one for all weights", place: "all" },
    Symbol {
        symbol: "C",
        meaning: "gain of an edge: its weights are N(0, C/n), into the output N(0, C/n²)",
        place: "scale, paths",
    },
    Symbol {
        symbol: "m",
        meaning: "multiplier of a skip, which adds m·z of its source; 1 but under --init keep",
        place: "scale",
    },
    Symbol {
        symbol: "E|z|²/n",
        meaning: "mean square of the entries of z over initialisations",
        place: "law, simulate, scale",
    },
    Symbol { symbol: "Δz", meaning: "change of z after one gradient step", place: "law, simulate, steps" },
    Symbol { symbol: "A", meaning: "part of E(Δz)² that the output's square makes; of order 1/n", place: "law, simulate" },
    Symbol {
        symbol: "B", meaning: "part of E(Δz)² that the label's square makes; E(Δz)² = A + B", place: "law, simulate"
    },
    Symbol {
        symbol: "T",
        meaning: "lim Σ_j≠i E K_ij²/n, K the tangent kernel of z: what leaks into a neuron from the others of its vertex",
        place: "law, scale: exact-T",
    },
    Symbol {
        symbol: "R",
        meaning: "part of the output's tangent kernel that the readouts make: Σ_e E|x_e|²/n of what they read",
        place: "law, scale: output-kernel",
    },
    Symbol {
        symbol: "N",
        meaning: "part that the weights below make once the readouts have grown along what they read",
        place: "law, scale: output-kernel",
    },
    Symbol { symbol: "p", meaning: "a path from the input to the output", place: "law, paths" },
    Symbol { symbol: "L", meaning: "depth of a path: its trained edges that enter hidden vertices", place: "law, paths" },
    Symbol {
        symbol: "w",
        meaning: "weight of a path: the product of C/2 over its trained edges and m² over its skips",
        place: "law, paths",
    },
    Symbol {
        symbol: "q, k",
        meaning: "number of taps and side of a kernel: q = k in one dimension, k² in two",
        place: "law: images",
    },
];

/// The meanings of these symbols in one line under a table.
pub(crate) fn legend(symbols: &[&str]) -> String {
    let of = |symbol: &&str| {
        SYMBOLS.iter().find(|known| known.symbol == *symbol).map(|known| format!("{}: {}.", known.symbol, known.meaning))
    };
    let known: Vec<String> = symbols.iter().filter_map(of).collect();
    format!("{} All symbols: --define.", known.join(" "))
}

/// Prints every symbol.
pub(crate) fn run(json: bool) -> Result<Ending, CliError> {
    if json {
        output::print_json(&SYMBOLS)?;
        return Ok(Ending::Done);
    }
    let mut table = output::table(&["symbol", "meaning", "where"]);
    for Symbol { symbol, meaning, place } in SYMBOLS {
        table.add_row(vec![(*symbol).to_string(), (*meaning).into(), (*place).into()]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_defined_once_and_legends_take_them_from_the_table() {
        for (at, one) in SYMBOLS.iter().enumerate() {
            assert!(SYMBOLS[..at].iter().all(|other| other.symbol != one.symbol), "{}", one.symbol);
        }
        let text = legend(&["A", "B"]);
        assert!(SYMBOLS.iter().filter(|known| ["A", "B"].contains(&known.symbol)).all(|known| text.contains(known.meaning)));
    }
}
