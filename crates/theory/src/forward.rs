use crate::{ReluDag, Scalar, Vertex};

/// Forward second moment E|z(v)|²/n of every reported vertex.
///
/// **Statement.** v(a) = Σ_{u→a} ½ C(u,a) v(u), where an input of mean square m counts as v = 2m; exact at every width.
///
/// **Source.** Chen et al. 2024, equations 10 and 11; proofs/forward-variance.md.
///
/// **Domain.** Every [`ReluDag`]; the value does not depend on the width.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::{ReluDag, second_moments};
/// let program = Architecture::parse("complete:3")?.graph().lower(InitRule::He)?;
/// let dag = ReluDag::new(&program, "the forward second moment")?;
/// assert_eq!(second_moments::<f64>(&dag), [1.0, 2.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn second_moments<S: Scalar>(dag: &ReluDag) -> Vec<S> {
    let all: Vec<S> = all_second_moments(dag);
    dag.nodes().iter().map(|&v| all[v].clone()).collect()
}

/// As [`second_moments`], for every vertex of the DAG, inputs included (2m).
pub(crate) fn all_second_moments<S: Scalar>(dag: &ReluDag) -> Vec<S> {
    let half = S::ratio(1, 2);
    let mut moments: Vec<S> = Vec::with_capacity(dag.vertices().len());
    for vertex in dag.vertices() {
        let value = match vertex {
            Vertex::Input(mean_square) => S::from_rational(mean_square) * S::from_integer(2),
            Vertex::Hidden(edges) => {
                let mut sum = S::zero();
                for edge in edges {
                    sum.add_product(&(S::from_rational(&edge.gain) * half.clone()), &moments[edge.source]);
                }
                sum
            }
        };
        moments.push(value);
    }
    moments
}
