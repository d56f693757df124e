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
    let halved = dag.half_gains::<S>();
    let mut moments: Vec<S> = Vec::with_capacity(dag.vertices().len());
    for (v, vertex) in dag.vertices().iter().enumerate() {
        let value = match vertex {
            Vertex::Input(mean_square) => S::from_rational(mean_square) * S::from_integer(2),
            Vertex::Hidden(_) => {
                let mut sum = S::zero();
                for (source, c) in &halved[v] {
                    sum.add_product(c, &moments[*source]);
                }
                sum
            }
        };
        moments.push(value);
    }
    moments
}
