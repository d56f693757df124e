//! From the name in a protocol to an optimiser.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error};
use serde_json::{Map, Value};

/// Declares an enumeration of optimisers from the names that protocols give them.
///
/// The default one stands first and is written without a name.
macro_rules! registry {
    (
        $(#[$about:meta])*
        $visibility:vis enum $Named:ident {
            default $default_name:literal => $Default:ident,
            $($name:literal => $Own:ident,)*
        }
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
        #[serde(tag = "name")]
        #[non_exhaustive]
        $(#[$about])*
        $visibility enum $Named {
            $(
                #[doc = concat!("`", $name, "`.")]
                #[serde(rename = $name)]
                $Own($Own),
            )*
            #[doc = concat!("`", $default_name, "`, also without a name.")]
            #[serde(untagged)]
            $Default($Default),
        }

        impl $Named {
            /// The optimiser with these settings.
            #[must_use]
            $visibility fn build(&self) -> std::sync::Arc<dyn $crate::Optimiser> {
                match self {
                    $(Self::$Own(settings) => std::sync::Arc::new(settings.clone()),)*
                    Self::$Default(settings) => std::sync::Arc::new(settings.clone()),
                }
            }
        }

        impl Default for $Named {
            fn default() -> Self {
                Self::$Default(<$Default>::default())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Named {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use $crate::optimiser::registry::{Unread, unknown};
                let found = Unread::deserialize(deserializer)?;
                match found.name.as_deref() {
                    None | Some($default_name) => found.settings().map(Self::$Default),
                    $(Some($name) => found.settings().map(Self::$Own),)*
                    Some(name) => Err(unknown(name, &[$default_name, $($name),*])),
                }
            }
        }

        impl From<$Default> for $Named {
            fn from(settings: $Default) -> Self {
                Self::$Default(settings)
            }
        }
        $(
            impl From<$Own> for $Named {
                fn from(settings: $Own) -> Self {
                    Self::$Own(settings)
                }
            }
        )*
    };
}

/// An optimiser's object before its name is looked up.
#[derive(Deserialize)]
#[serde(expecting = "an object with an optimiser's settings")]
pub(crate) struct Unread {
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

impl Unread {
    /// The settings of the optimiser that the name stands for.
    pub(crate) fn settings<T: DeserializeOwned, E: Error>(self) -> Result<T, E> {
        serde_json::from_value(Value::Object(self.settings)).map_err(E::custom)
    }
}

/// The refusal of a name.
pub(crate) fn unknown<E: Error>(name: &str, known: &[&str]) -> E {
    let meant = archscale_text::did_you_mean(name, known.iter().copied());
    E::custom(format!("optimiser '{name}' is not known; known are {}{meant}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use crate::{Optimiser, ParameterId, Sgd, Step, TrainError};

    /// w ← w − η c sign(g).
    #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct SignDescent {
        scale: f64,
    }

    impl Optimiser for SignDescent {
        fn identity(&self) -> String {
            format!("sign-descent scale={}", self.scale)
        }

        fn slots(&self, _: ParameterId) -> usize {
            0
        }

        fn step(&self, at: &Step<'_>, weights: &mut Tensor, gradient: Tensor, _: &mut [Tensor]) -> Result<(), TrainError> {
            at.descend(weights, &(gradient.sign()? * self.scale)?)
        }
    }

    registry! {
        /// What the list becomes with a second line.
        enum Two {
            default "sgd" => Sgd,
            "sign-descent" => SignDescent,
        }
    }

    #[test]
    fn a_second_optimiser_is_one_more_line() {
        let momentum = Two::from(Sgd { momentum: 0.5, ..Sgd::default() });
        let sign = Two::from(SignDescent { scale: 0.1 });
        let text = [
            r#"{"momentum":0.5,"nesterov":false,"weight_decay":0.0}"#, // As before there was a name.
            r#"{"name":"sign-descent","scale":0.1}"#,
        ];
        for (optimiser, text) in [&momentum, &sign].into_iter().zip(text) {
            assert_eq!(serde_json::to_string(optimiser).unwrap(), text);
            assert_eq!(&serde_json::from_str::<Two>(text).unwrap(), optimiser);
        }
        assert_eq!(serde_json::from_str::<Two>(r#"{"name":"sgd","momentum":0.5}"#).unwrap(), momentum);
        assert_eq!(serde_json::from_str::<Two>("{}").unwrap(), Two::default());
        assert_eq!(sign.build().identity(), "sign-descent scale=0.1");
        assert_eq!(momentum.build().identity(), "sgd momentum=0.5 nesterov=false weight_decay=0");
    }

    #[test]
    fn what_is_no_optimiser_is_refused_in_words() {
        for (text, words) in [
            (r#"{"name":"sign-decent"}"#, "known are sgd, sign-descent; did you mean 'sign-descent'?"),
            (r#"{"name":"sign-descent","momentum":0.5}"#, "unknown field `momentum`"),
            (r#"{"momentun":0.5}"#, "unknown field `momentun`"),
            (r#"{"name":3}"#, "invalid type"),
            ("3", "expected an object with an optimiser's settings"),
        ] {
            let error = serde_json::from_str::<Two>(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
