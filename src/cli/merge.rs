//! `merge`: the parts of a divided `verify --arch` in one file.

use std::path::PathBuf;

use archscale_claims::survey;
use clap::Args;

use super::survey::show;
use super::{CliError, Ending, output};

/// Domain and example.
const HELP: &str = "\
    Domain: files of the same command, each with another --part; the joined file has the digest of the \
    undivided run.\n\
    Example: archscale merge part-1.jsonl part-2.jsonl --out whole.jsonl";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The files of all parts.
    #[arg(value_name = "FILE", required = true)]
    parts: Vec<PathBuf>,
    /// The file of the whole run.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let summary = survey::merge(&options.parts, &options.out)?;
    if options.json {
        output::print_json(&summary)?;
    } else {
        show(&summary)?;
    }
    Ok(Ending::Done)
}
