use num_traits::One;

use crate::{Activation, EdgeKind, Gain, Graph, InitRule, ModelError, OpId, Program, ProgramBuilder};

impl Graph {
    /// Lowers the graph to primitive operations in the pre-activation convention.
    ///
    /// **Statement.** z(v) = Σ_{linear u→v} W(u,v) σ(z(u)) + Σ_{skip u→v} z(u), with W entries N(0, C(u,v)/n) into hidden
    /// vertices and N(0, C(u,v)/n²) into the output; the input vertex holds h = σ(x) with mean square ½.
    ///
    /// **Source.** Chen et al. 2024, equations 1 and 2; C from `init`.
    ///
    /// # Errors
    /// A skip edge out of the input or into the output: the paper gives those vertices other widths.
    pub fn lower(&self, init: InitRule) -> Result<Program, ModelError> {
        let mut builder = ProgramBuilder::new();
        let input = builder.input(Gain::new(1.into(), 2.into()))?;
        // Operation of z(v) and of σ(z(v)); the input has no pre-activation of width n.
        let mut pre: Vec<Option<OpId>> = vec![None];
        let mut post: Vec<OpId> = vec![input];
        for v in self.hidden() {
            let linear = self.linear_terms(v, init, &post);
            let skips: Vec<(Gain, OpId)> = self
                .parents(v)
                .iter()
                .filter(|edge| edge.kind == EdgeKind::Skip)
                .map(|edge| {
                    let source = pre[edge.source()].ok_or_else(|| self.skip_at_end(edge.source(), v))?;
                    Ok((Gain::one(), source))
                })
                .collect::<Result<_, ModelError>>()?;
            let z = match (linear.is_empty(), skips.is_empty()) {
                (false, true) => builder.dense(linear)?,
                (true, _) => builder.sum(skips)?,
                (false, false) => {
                    let dense = builder.dense(linear)?;
                    let mut terms = vec![(Gain::one(), dense)];
                    terms.extend(skips);
                    builder.sum(terms)?
                }
            };
            builder.node(self.id(v), z, self.in_degree(v))?;
            pre.push(Some(z));
            post.push(builder.act(Activation::Relu, z)?);
        }
        let output = self.output();
        if let Some(edge) = self.parents(output).iter().find(|edge| edge.kind == EdgeKind::Skip) {
            return Err(self.skip_at_end(edge.source(), output));
        }
        builder.readout(self.linear_terms(output, init, &post))
    }

    fn linear_terms(&self, v: usize, init: InitRule, post: &[OpId]) -> Vec<(Gain, OpId)> {
        self.parents(v)
            .iter()
            .filter(|edge| edge.kind == EdgeKind::Linear)
            .map(|edge| (init.gain(self.in_degree(edge.source()), self.in_degree(v)), post[edge.source()]))
            .collect()
    }

    fn skip_at_end(&self, from: usize, to: usize) -> ModelError {
        ModelError::NotYet {
            what: "a skip edge at the input or the output".into(),
            place: format!("edge {}-{}", self.name(from), self.name(to)),
            mend: "skips join hidden vertices; use a linear edge here".into(),
        }
    }
}
