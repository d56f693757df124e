//! Arguments whose usual values are known, so that shells complete them, though others may be meant too.

use std::ffi::OsStr;

use archscale_claims::CLAIMS;
use archscale_model::notations::NOTATIONS;
use archscale_model::{Activation, ActivationFamily, ConvNetwork, Convention};
use archscale_sim::Weights;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

/// Reads with `parser` and offers `names`.
#[derive(Clone)]
pub(crate) struct Known<P> {
    names: fn() -> Vec<String>,
    parser: P,
}

impl<P: TypedValueParser> TypedValueParser for Known<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<P::Value, clap::Error> {
        self.parser.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.names)().into_iter().map(PossibleValue::new)))
    }
}

fn text(value: &str) -> Result<String, String> {
    Ok(value.into())
}

/// An architecture: its keyword is offered.
pub(crate) fn architecture() -> impl TypedValueParser<Value = String> {
    let names = || {
        NOTATIONS
            .iter()
            .map(|notation| notation.keyword)
            .chain([ConvNetwork::KEYWORD])
            .map(|word| format!("{word}:"))
            .collect()
    };
    Known { names, parser: text }
}

/// A claim's id.
pub(crate) fn claim() -> impl TypedValueParser<Value = String> {
    Known { names: || CLAIMS.iter().map(|claim| claim.id.to_string()).collect(), parser: text }
}

pub(crate) fn activation() -> impl TypedValueParser<Value = Activation> {
    let names = || ActivationFamily::BUILT_IN.iter().map(|family| family.keyword.to_string()).collect();
    Known { names, parser: str::parse::<Activation> }
}

pub(crate) fn convention() -> impl TypedValueParser<Value = Convention> {
    Known { names: || Convention::ALL.map(|convention| convention.to_string()).to_vec(), parser: str::parse::<Convention> }
}

pub(crate) fn method() -> impl TypedValueParser<Value = Weights> {
    let names = || [Weights::Dense, Weights::Lazy, Weights::Auto].map(|method| method.to_string()).to_vec();
    Known { names, parser: str::parse::<Weights> }
}
