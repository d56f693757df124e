use std::io::{self, Write};

use archscale_model::SearchSpace;

use crate::{Census, Measure, PathLaw, Row};

/// Columns between the code and the laws.
const NUMBERS: [&str; 14] = [
    "structure",
    "paths",
    "sum_depth",
    "sum_squared",
    "sum_cubed",
    "shortest",
    "longest",
    "weighted_paths",
    "weighted_sum_cubed",
    "second_moment",
    "mean_squared_change",
    "rate_last",
    "rate_any",
    "rate_relative",
];

impl Census {
    /// The columns of the table: one line for each code, empty fields where a code has no learning rate.
    ///
    /// `structure` is the first code of the same structure; `rate_…` are the exact rates by [`Measure`]; the laws'
    /// predictions, each up to a constant, carry their names. `cell`, the long spelling, exists for NAS-Bench-201 alone.
    #[must_use]
    pub fn csv_columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["index", "code"];
        if self.space() == SearchSpace::NAS_BENCH_201 {
            columns.push("cell");
        }
        columns.extend(["status", "skips", "pooling"]);
        columns.extend(NUMBERS);
        columns.extend(PathLaw::ALL.iter().map(|law| law.id()));
        columns
    }

    /// Writes the table of a setting: numbers in the fewest digits that read back as the same double.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_csv(&self, setting: usize, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.csv_columns().join(","))?;
        self.rows(setting).try_for_each(|row| self.write_row(&row, out))
    }

    fn write_row(&self, row: &Row<'_>, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{},{}", row.code.index(), row.code)?;
        if let Some(long) = row.code.long_spelling() {
            write!(out, ",{long}")?;
        }
        write!(out, ",{},{},{}", row.status.name(), row.has_skips, row.code.has_pooling())?;
        let Some((structure, outcome)) = row.numbers else {
            return writeln!(out, "{}", ",".repeat(NUMBERS.len() + PathLaw::ALL.len()));
        };
        let (paths, weights, exact) = (&structure.paths, &outcome.weights, &outcome.exact);
        let [depth, squared, cubed] = paths.power_sums;
        write!(out, ",{},{},{depth},{squared},{cubed}", structure.code, paths.count)?;
        write!(out, ",{},{},{},{}", paths.shortest, paths.longest, weights.total, weights.cubes)?;
        write!(out, ",{},{}", exact.second_moment, exact.mean_squared_change)?;
        for measure in Measure::ALL {
            write!(out, ",{}", exact.rate(measure))?;
        }
        for law in PathLaw::ALL {
            write!(out, ",{}", self.predicted(law, structure, outcome))?;
        }
        writeln!(out)
    }
}
