//! `schema`: the JSON schema of a file that the program reads or writes.

use archscale_claims::Results;
use archscale_model::notations::ArchitectureFile;
use archscale_rates::{Measurement, Suite};
use clap::{Args, ValueEnum};

use super::{CliError, Ending, output};

#[derive(Debug, Args)]
#[command(after_help = "Example: archscale schema results")]
pub(crate) struct Options {
    /// The file.
    #[arg(value_enum, default_value = "architecture")]
    file: File,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum File {
    /// The file behind file:PATH.
    Architecture,
    /// results.json of `verify --out`.
    Results,
    /// A suite of `maxlr run`.
    Suite,
    /// A line of a file of measurements, for `maxlr report FILE`.
    Measurement,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    output::print_json(&match options.file {
        File::Architecture => schemars::schema_for!(ArchitectureFile),
        File::Results => schemars::schema_for!(Results),
        File::Suite => schemars::schema_for!(Suite),
        File::Measurement => schemars::schema_for!(Measurement),
    })?;
    Ok(Ending::Done)
}
