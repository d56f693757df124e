use archscale_claims::Results;
use archscale_model::families::ArchitectureFile;
use archscale_rates::Measurement;
use archscale_rates::Suite;

use super::args::SchemaName;
use super::{CliError, Ending, args, output};

pub(crate) fn run(options: &args::Schema) -> Result<Ending, CliError> {
    output::print_json(&match options.file {
        SchemaName::Architecture => schemars::schema_for!(ArchitectureFile),
        SchemaName::Results => schemars::schema_for!(Results),
        SchemaName::Suite => schemars::schema_for!(Suite),
        SchemaName::Measurement => schemars::schema_for!(Measurement),
    })?;
    Ok(Ending::Done)
}
