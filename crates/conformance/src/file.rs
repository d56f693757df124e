use archscale_model::{Activation, Expr, ModelError, Pointwise};
use archscale_text::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConformanceError, Layer};

/// Arguments of a layer, at most: as many as expressions name.
const MOST: usize = 16;

/// A layer as a JSON file: its function and what is claimed of it.
///
/// ```
/// use archscale_conformance::LayerFile;
/// let file = r#"{ "name": "gate", "arguments": 2, "expression": "x0*sigmoid(x1)", "slopes": ["sigmoid(x1)", "x0"] }"#;
/// let layer = LayerFile::read(file)?.layer()?;
/// assert_eq!(layer.function().arity(), 2);
/// # Ok::<(), archscale_conformance::ConformanceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFile {
    /// What to call it.
    pub name: String,
    /// The function of x, or of x0, x1, …: numbers, + - * / ^, exp, tanh, erf, sigmoid, relu, step.
    pub expression: String,
    /// How many vectors it reads, 1 to 16; one is an activation.
    #[serde(default = "one")]
    pub arguments: usize,
    /// Where an activation or a derivative of it jumps. Without it the kinks are found where a relu or step is of a x + b.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinks: Option<Vec<f64>>,
    /// Claimed slopes ∂f/∂x_j, one for each argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slopes: Option<Vec<String>>,
    /// Claimed Gaussian expectations of an activation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<ExpectationsFile>,
}

/// Claimed expectations under N(0, q), each a function of q and s = √q.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectationsFile {
    /// E σ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// E σ².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_squared: Option<String>,
    /// E σ′.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope: Option<String>,
    /// E σ′².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope_squared: Option<String>,
    /// E σ′⁴.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope_fourth: Option<String>,
}

fn one() -> usize {
    1
}

impl LayerFile {
    /// Reads the JSON text of a layer file.
    ///
    /// # Errors
    /// No JSON, unknown or missing fields, with line and column.
    pub fn read(text: &str) -> Result<Self, ConformanceError> {
        serde_json::from_str(text).map_err(|error| {
            let mend = "write an object with name and expression; `archscale layer schema` has all fields";
            Refusal::new("the file", format!("no layer ({})", archscale_files::in_words(&error)), mend).into()
        })
    }

    /// The layer, with its claims.
    ///
    /// # Errors
    /// [`ConformanceError::File`] names the field, what was found there, and how to mend it.
    pub fn layer(&self) -> Result<Layer, ConformanceError> {
        if !(1..=MOST).contains(&self.arguments) {
            return Err(Refusal::new("arguments", self.arguments, format!("give 1 to {MOST}")).into());
        }
        let expression = read("expression", &self.expression, None)?;
        let mut layer = self.function(expression)?.named(&self.name);
        if let Some(slopes) = &self.slopes {
            let slopes = slopes.iter().enumerate().map(|(j, text)| read(&format!("slopes[{j}]"), text, None));
            layer = layer.with_slopes(slopes.collect::<Result<_, _>>()?)?;
        }
        if let Some(ExpectationsFile { value, value_squared, slope, slope_squared, slope_fourth }) = &self.expectations {
            let field = |name: &str, text: &Option<String>| {
                text.as_ref().map(|text| read(&format!("expectations.{name}"), text, Some(&["q", "s"]))).transpose()
            };
            layer = layer.with_expectations([
                field("value", value)?,
                field("value_squared", value_squared)?,
                field("slope", slope)?,
                field("slope_squared", slope_squared)?,
                field("slope_fourth", slope_fourth)?,
            ])?;
        }
        Ok(layer)
    }

    fn function(&self, expression: Expr) -> Result<Layer, ConformanceError> {
        if self.arguments > 1 {
            if self.kinks.is_some() {
                let mend = "kinks are of a layer of one argument; leave them out";
                return Err(Refusal::new("kinks", "a list", mend).into());
            }
            return Ok(Layer::operation(Pointwise::new(&self.name, self.arguments, expression)?));
        }
        let activation = match &self.kinks {
            Some(kinks) => Activation::with_kinks(expression, kinks)?,
            None => {
                if let Err(gate) = expression.kinks() {
                    let mend = format!("list where '{gate}' changes sign, as in \"kinks\": [-1, 1]");
                    return Err(Refusal::new("kinks", "missing", mend).into());
                }
                Activation::written(expression)?
            }
        };
        Layer::activation(activation, None)
    }
}

/// Reads an expression; the refusal names the field.
fn read(field: &str, text: &str, names: Option<&[&str]>) -> Result<Expr, ConformanceError> {
    let read = names.map_or_else(|| Expr::parse(text), |names| Expr::parse_in(text, names));
    read.map_err(|error| match error {
        ModelError::Expression { text, column, found, mend } => {
            Refusal::new(field.to_string(), format!("'{text}'"), format!("column {column}: found {found}; {mend}")).into()
        }
        other => other.into(),
    })
}
