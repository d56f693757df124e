use std::collections::BTreeSet;
use std::path::Path;

use archscale_files::in_words;
use archscale_model::Network;
use archscale_train::{Objective, Protocol, SearchPlan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::job::{self, unbuilt};
use crate::{Job, NetworkSpec, RatesError, Sample, braces};

/// What is measured: networks in groups, on data, by a protocol and a search.
///
/// The file is JSON. `data`, `protocol`, `plan` and `objective` hold for every group that does not say otherwise; in a group
/// they need name only what differs. Fields that are left out take the trainer's defaults.
///
/// | field | meaning |
/// |---|---|
/// | `name`, `about` | for the report |
/// | `data` | as [`archscale_data::Dataset::parse`] reads it; every sample is trained on, features standardised |
/// | `protocol` | an [`archscale_train::Protocol`]; `case` is filled in for each network |
/// | `plan` | an [`archscale_train::SearchPlan`] |
/// | `objective` | `final-loss` or `last-pass` |
/// | `groups` | a list of [`Group`]s |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    description = "What `maxlr run` measures: networks in groups, on data, by a protocol and a search. `data`, `protocol`, \
        `plan` and `objective` hold for every group that does not say otherwise; a group names only what differs.",
    example = Self::example()
)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence or two.
    #[serde(default)]
    pub about: String,
    /// The data set of groups that name none: digits, mnist1d, mnist1d:samples=1000, idx:IMAGES,LABELS or cifar10:PATH.
    /// Every sample is trained on, standardised.
    #[serde(default = "digits")]
    pub data: String,
    /// The protocol, over the trainer's defaults.
    #[serde(default = "empty")]
    #[schemars(with = "Protocol")]
    pub protocol: Value,
    /// The search, over the trainer's defaults.
    #[serde(default = "empty")]
    #[schemars(with = "SearchPlan")]
    pub plan: Value,
    /// The loss that a search makes smallest.
    #[serde(default)]
    pub objective: Objective,
    /// The groups.
    #[schemars(length(min = 1))]
    pub groups: Vec<Group>,
}

/// Networks that stand in one figure and are scored with one constant: all combinations of its lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The figure of the paper that it reproduces, or what it asks.
    #[serde(default)]
    pub about: String,
    /// The networks; every rule, convention and activation is combined with each.
    #[schemars(length(min = 1))]
    pub architectures: Vec<Architectures>,
    /// Initialisation rules: target, source, he, published.
    #[serde(default = "target")]
    pub inits: Vec<String>,
    /// Conventions: pre, post, preact.
    #[serde(default = "pre")]
    pub conventions: Vec<String>,
    /// Activations: relu, leaky:0.1, gelu, tanh, …
    #[serde(default = "relu")]
    pub activations: Vec<String>,
    /// The networks that fix each law's constant; the smallest if none is named.
    #[serde(default)]
    pub base: Vec<String>,
    /// Another data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// What differs from the suite's protocol.
    #[serde(default = "empty")]
    #[schemars(with = "Protocol")]
    pub protocol: Value,
    /// What differs from the suite's search.
    #[serde(default = "empty")]
    #[schemars(with = "SearchPlan")]
    pub plan: Value,
    /// Another objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
}

/// Networks of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "an entry of architectures is a text, for instance \"chain:{1..8}\", or a sample, for instance \
        {\"random-dags\": {\"count\": 20, \"hidden\": [3, 8], \"seed\": 1}} (cells and nas likewise)"
)]
pub enum Architectures {
    /// An architecture, with lists in braces: `chain:{1..8}`, `conv:kernel={3,5},depth={2,4}`.
    Text(String),
    /// A random sample, for instance `{"random-dags": {"count": 20, "hidden": [3, 8], "seed": 1}}`.
    Sample(Sample),
}

fn digits() -> String {
    "digits".into()
}
fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}
fn target() -> Vec<String> {
    vec!["target".into()]
}
fn pre() -> Vec<String> {
    vec!["pre".into()]
}
fn relu() -> Vec<String> {
    vec!["relu".into()]
}

impl Suite {
    /// Name and text of every suite that the program carries.
    pub const CARRIED: &[(&str, &str)] = &[
        ("quick", include_str!("../suites/quick.json")),
        ("standard", include_str!("../suites/standard.json")),
        ("full", include_str!("../suites/full.json")),
    ];

    /// A small suite, as a file holds it.
    #[must_use]
    pub fn example() -> Value {
        serde_json::json!({
            "name": "mine",
            "about": "Chains on handwritten digits.",
            "data": "digits",
            "protocol": { "width": 64, "batch": 32, "budget": { "epochs": 1 }, "loss": "cross-entropy" },
            "plan": { "lowest": 0.004, "highest": 4.0, "points": 10, "seeds": [1, 2] },
            "groups": [{ "name": "depth", "architectures": ["chain:{1..8}"], "base": ["chain:1"] }]
        })
    }

    /// A carried suite by its name, or else the file of this path.
    ///
    /// # Errors
    /// As [`Suite::parse`], and a file that cannot be read.
    pub fn open(name_or_path: &str) -> Result<Self, RatesError> {
        if let Some((name, text)) = Self::CARRIED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        let text = std::fs::read_to_string(path).map_err(|error| {
            let names: Vec<&str> = Self::CARRIED.iter().map(|(name, _)| *name).collect();
            RatesError::file(path, format!("{error}; give the path of a suite, or the name of one of {}", names.join(", ")))
        })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads a suite and checks it to the last network; `place` names it in errors.
    ///
    /// # Errors
    /// What is no suite, empty lists, networks that cannot be built, settings out of their domain, each with its place.
    pub fn parse(place: &str, text: &str) -> Result<Self, RatesError> {
        let failed = |problem: String| RatesError::Suite { place: place.into(), problem };
        // A program would also read the fields of an object from a list, in its own order; a file names them.
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        if value.is_array() {
            return Err(failed(
                "it is a list, and a suite is an object with named fields, as `archscale schema suite` says".into(),
            ));
        }
        let groups = value["groups"].as_array().map_or(&[][..], Vec::as_slice);
        if let Some(number) = groups.iter().position(|group| !group.is_object()) {
            return Err(failed(format!(
                "entry {} of groups is no object with named fields; `archscale schema suite` says which it may hold",
                number + 1
            )));
        }
        let suite: Self = serde_json::from_str(text).map_err(|error| {
            failed(format!(
                "{}; `archscale maxlr suites quick` prints one to begin with, `archscale schema suite` says what it may \
                     hold",
                in_words(&error)
            ))
        })?;
        if suite.groups.is_empty() {
            return Err(failed("it has no group; give at least one".into()));
        }
        for (index, group) in suite.groups.iter().enumerate() {
            if suite.groups[..index].iter().any(|other| other.name == group.name) {
                return Err(failed(format!("two groups are called '{}'; laws are scored by group", group.name)));
            }
        }
        suite.jobs()?;
        Ok(suite)
    }

    /// Every measurement, group by group, networks in their order, for each the initialisation rules, conventions and
    /// activations.
    ///
    /// # Errors
    /// As [`Suite::parse`].
    pub fn jobs(&self) -> Result<Vec<Job>, RatesError> {
        let mut jobs = Vec::new();
        for group in &self.groups {
            let failed =
                |problem: String| RatesError::Suite { place: format!("'{}', group '{}'", self.name, group.name), problem };
            let settings = job::Settings {
                data: group.data.clone().unwrap_or_else(|| self.data.clone()),
                protocol: read::<Protocol>("protocol", &self.protocol, &group.protocol).map_err(failed)?,
                plan: read::<SearchPlan>("plan", &self.plan, &group.plan).map_err(failed)?,
                objective: group.objective.unwrap_or(self.objective),
            };
            settings.plan.check().map_err(|error| failed(format!("its plan: {error}")))?;
            settings.protocol.check().map_err(|error| failed(format!("its protocol: {error}")))?;
            let architectures = group.expand().map_err(failed)?;
            for (list, empty) in [
                ("architectures", architectures.is_empty()),
                ("inits", group.inits.is_empty()),
                ("conventions", group.conventions.is_empty()),
                ("activations", group.activations.is_empty()),
            ] {
                if empty {
                    return Err(failed(format!("it names no network, for its {list} are none; give at least one")));
                }
            }
            let base: Vec<String> =
                group.base.iter().map(|text| braces::expand(text)).collect::<Result<Vec<_>, _>>().map_err(failed)?.concat();
            if let Some(missing) = base.iter().find(|base| !architectures.contains(base)) {
                return Err(failed(format!("its base '{missing}' is none of its architectures; list it there too")));
            }
            for architecture in &architectures {
                for init in &group.inits {
                    for convention in &group.conventions {
                        for activation in &group.activations {
                            let spec = NetworkSpec::parse(architecture, init, convention, activation)
                                .map_err(|source| unbuilt(&group.name, architecture, source))?;
                            jobs.push(Job::new(&group.name, base.contains(architecture), spec, &settings)?);
                        }
                    }
                }
            }
        }
        Ok(jobs)
    }
}

impl Group {
    /// The networks as they are written. Samples hold no graph that stands before them, or that a later text names.
    fn expand(&self) -> Result<Vec<String>, String> {
        let mut taken = BTreeSet::new();
        for entry in &self.architectures {
            let Architectures::Text(text) = entry else { continue };
            for text in braces::expand(text)? {
                let network = Network::parse(&text).map_err(|error| format!("network '{text}': {error}"))?;
                if !taken.insert(identity(&network)) {
                    return Err(format!("it lists the graph of '{text}' twice; a network counts once"));
                }
            }
        }
        let mut list = Vec::new();
        for entry in &self.architectures {
            list.extend(match entry {
                Architectures::Text(text) => braces::expand(text)?,
                Architectures::Sample(sample) => sample.draw(&mut taken)?,
            });
        }
        Ok(list)
    }
}

/// By which scores know a network: its graph, and over images the text.
fn identity(network: &Network) -> String {
    match network {
        Network::Images(network) => network.to_string(),
        _ => network.graph().edge_text(),
    }
}

/// Defaults, then the suite's fields, then the group's.
fn read<T: serde::de::DeserializeOwned>(what: &str, suite: &Value, group: &Value) -> Result<T, String> {
    let mut joined = suite.clone();
    join(&mut joined, group);
    if !joined.is_object() {
        return Err(format!("its {what} is no object with named fields; `archscale schema suite` says which it may hold"));
    }
    serde_json::from_value(joined)
        .map_err(|error| format!("its {what}: {}; `archscale schema suite` says what it may hold", in_words(&error)))
}

fn join(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                match into.get_mut(key) {
                    // A budget has one of two fields, so a new one replaces the old.
                    Some(own) if key != "budget" => join(own, value),
                    _ => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (into, more) => *into = more.clone(),
    }
}
