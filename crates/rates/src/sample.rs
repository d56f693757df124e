use std::collections::BTreeSet;

use archscale_model::{Architecture, EdgeKind, SearchSpace, random_graph};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Draws that may fail to give a new network before a sample is refused.
const PATIENCE: usize = 1000;

/// Networks drawn at random, the same for the same numbers on every machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Sample {
    /// Graphs: the number of hidden vertices uniform over `hidden`, then the number of edges uniform between the fewest that
    /// connect them and a fraction `density` of all pairs; each edge between hidden vertices is a skip with probability
    /// `skips`.
    #[serde(rename_all = "kebab-case")]
    RandomDags {
        /// How many, all different.
        count: usize,
        /// Fewest and most hidden vertices.
        hidden: (usize, usize),
        /// Largest fraction of all pairs, above 0 and at most 1.
        #[serde(default = "all")]
        density: f64,
        /// Probability of a skip, below 1.
        #[serde(default)]
        skips: f64,
        /// Names the draws.
        seed: u64,
    },
    /// Cells with a trained path, uniform over the search space.
    #[serde(rename_all = "kebab-case")]
    Cells {
        /// How many, all different.
        count: usize,
        /// Nodes after the first, 1 to 5.
        steps: usize,
        /// Names the draws.
        seed: u64,
    },
    /// Cells of NAS-Bench-201 with a trained path, uniform over the search space.
    #[serde(rename_all = "kebab-case")]
    Nas {
        /// How many, all different.
        count: usize,
        /// Whether cells with average pooling may be drawn.
        #[serde(default)]
        pooling: bool,
        /// Names the draws.
        seed: u64,
    },
}

fn all() -> f64 {
    1.0
}

impl Sample {
    /// The drawn networks, as architectures are written, none of whose graphs is in `taken`; they are added to it.
    ///
    /// # Errors
    /// Numbers out of their domain, and more different networks than there are.
    pub fn draw(&self, taken: &mut BTreeSet<String>) -> Result<Vec<String>, String> {
        match *self {
            Self::RandomDags { count, hidden: (low, high), density, skips, seed } => {
                if low == 0 || low > high || high > 64 {
                    return Err(format!("hidden [{low}, {high}]: give the fewest and the most hidden vertices, 1 to 64"));
                }
                if !(density > 0.0 && density <= 1.0 && (0.0..1.0).contains(&skips)) {
                    return Err(format!(
                        "density {density}, skips {skips}: a density lies above 0 and up to 1, skips from 0 to below 1"
                    ));
                }
                distinct(count, seed, taken, |rng| Ok(Some(dag(rng, (low, high), density, skips)?)))
            }
            Self::Cells { count, steps, seed } => {
                let space = SearchSpace::cells(steps).map_err(|error| error.to_string())?;
                distinct(count, seed, taken, |rng| Ok(cell(space, true, rng)))
            }
            Self::Nas { count, pooling, seed } => {
                distinct(count, seed, taken, |rng| Ok(cell(SearchSpace::NAS_BENCH_201, pooling, rng)))
            }
        }
    }
}

/// The generator of a sample. It is older than the named streams and frozen: the kept measurements belong to the networks that
/// it draws, so new draws would orphan them. Nothing else may use it.
fn frozen(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn dag(rng: &mut ChaCha8Rng, (low, high): (usize, usize), density: f64, skips: f64) -> Result<String, String> {
    let hidden = rng.random_range(low..=high);
    let pairs = (hidden + 1) * (hidden + 2) / 2;
    let most = ((density * pairs as f64) as usize).max(hidden + 1);
    let edges = rng.random_range(hidden + 1..=most);
    let graph = random_graph(hidden, edges, |k| rng.random_range(0..k)).map_err(|error| error.to_string())?;
    let mut list = Vec::with_capacity(graph.edge_count());
    for (from, to, kind) in graph.edges() {
        let inner = from > 0 && to < graph.output();
        let kind = if inner && rng.random_bool(skips) { EdgeKind::Skip } else { kind };
        list.push(format!("{from}-{to}{}", kind.mark()));
    }
    Ok(format!("edges:{}", list.join(",")))
}

/// One draw; none when it is a cell that is not taken.
fn cell(space: SearchSpace, pooling: bool, rng: &mut ChaCha8Rng) -> Option<String> {
    let code = space.code(rng.random_range(0..space.size()))?;
    (code.has_trained_path() && (pooling || !code.has_pooling())).then(|| code.architecture())
}

fn distinct(
    count: usize,
    seed: u64,
    taken: &mut BTreeSet<String>,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> Result<Option<String>, String>,
) -> Result<Vec<String>, String> {
    let mut rng = frozen(seed);
    let (mut list, mut idle) = (Vec::new(), 0);
    while list.len() < count {
        idle += 1;
        if let Some(text) = draw(&mut rng)? {
            // Two cells may differ in edges on no path only.
            let graph = Architecture::parse(&text).map_err(|error| error.to_string())?.graph().edge_text();
            if taken.insert(graph) {
                list.push(text);
                idle = 0;
            }
        }
        if idle > PATIENCE {
            return Err(format!("{count} different networks were asked for and {} found; ask for fewer", list.len()));
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(sample: &Sample) -> Result<Vec<String>, String> {
        sample.draw(&mut BTreeSet::new())
    }

    #[test]
    fn samples_are_distinct_networks_of_the_kind_asked_for() {
        let dags = |seed| Sample::RandomDags { count: 40, hidden: (3, 7), density: 0.6, skips: 0.3, seed };
        let list = draw(&dags(5)).unwrap();
        assert_eq!(list, draw(&dags(5)).unwrap());
        assert_ne!(list, draw(&dags(6)).unwrap());
        let graphs: Vec<_> = list.iter().map(|text| Architecture::parse(text).unwrap().graph().clone()).collect();
        assert_eq!(graphs.iter().map(archscale_model::Graph::edge_text).collect::<BTreeSet<_>>().len(), 40);
        assert!(graphs.iter().all(|graph| (3..=7).contains(&graph.hidden_count())));
        assert!(graphs.iter().any(archscale_model::Graph::has_skips) && graphs.iter().any(|graph| !graph.has_skips()));
        for text in draw(&Sample::Cells { count: 30, steps: 3, seed: 1 }).unwrap() {
            assert!(SearchSpace::cells(3).unwrap().parse(text.strip_prefix("cell:").unwrap()).unwrap().has_trained_path());
        }
        let nas = draw(&Sample::Nas { count: 20, pooling: false, seed: 1 }).unwrap();
        assert!(nas.iter().all(|text| !text.contains('4')), "{nas:?}");
    }

    /// Of the two graphs with one hidden vertex one is taken, so the sample is the other.
    #[test]
    fn what_is_taken_is_not_drawn() {
        let mut taken = BTreeSet::from([Architecture::parse("chain:1").unwrap().graph().edge_text()]);
        let one = Sample::RandomDags { count: 1, hidden: (1, 1), density: 1.0, skips: 0.0, seed: 3 };
        assert_eq!(one.draw(&mut taken).unwrap(), ["edges:0-1,0-2,1-2"]);
        assert!(one.draw(&mut taken).unwrap_err().contains("ask for fewer"));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert!(draw(&Sample::Cells { count: 9, steps: 1, seed: 1 }).unwrap_err().contains("ask for fewer"));
        assert!(draw(&Sample::RandomDags { count: 1, hidden: (4, 3), density: 0.5, skips: 0.0, seed: 1 }).is_err());
        assert!(draw(&Sample::RandomDags { count: 1, hidden: (1, 3), density: 0.5, skips: 1.0, seed: 1 }).is_err());
    }
}
