use num_rational::Ratio;
use num_traits::One;

use crate::spatial::EdgeMap;
use crate::{
    Activation, ConvNetwork, Convention, Edge, EdgeKind, Gain, Graph, InitRule, ModelError, OpId, Program, ProgramBuilder,
};

/// How a graph becomes a program: initialisation rule, convention, activation.
///
/// ```
/// use archscale_model::{Activation, Architecture, Convention, InitRule, Lowering, Op};
/// let cell = Architecture::parse("cell:2_12")?;
/// let how = Lowering::new(InitRule::Target).with_convention(Convention::Post).with_activation(Activation::GELU);
/// let program = cell.graph().lower_with(&how)?;
/// let kinds: Vec<bool> = program.nodes().iter().map(|node| matches!(program.ops()[node.op], Op::Act(..))).collect();
/// assert_eq!(kinds, [true, true, false]);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lowering {
    /// Gains of the trained edges.
    pub init: InitRule,
    /// What a vertex holds.
    pub convention: Convention,
    /// σ of every vertex.
    pub activation: Activation,
    /// Gain C of every edge into the output, when the rule's own is not wanted.
    pub readout: Option<Ratio<u32>>,
}

impl Lowering {
    /// An initialisation rule with the paper's pre-activation convention and ReLU.
    #[must_use]
    pub fn new(init: InitRule) -> Self {
        Self { init, convention: Convention::Pre, activation: Activation::RELU, readout: None }
    }

    /// The same in another convention.
    #[must_use]
    pub fn with_convention(self, convention: Convention) -> Self {
        Self { convention, ..self }
    }

    /// The same with another activation.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The same with this gain C at every edge into the output, whatever the initialisation rule says.
    #[must_use]
    pub fn with_readout(self, gain: Ratio<u32>) -> Self {
        Self { readout: Some(gain), ..self }
    }

    /// Gain C of a trained edge into the vertex of index `v`: its own, that of the readout where it is set, or of the
    /// initialisation rule.
    #[must_use]
    pub fn gain(&self, graph: &Graph, v: usize, edge: Edge) -> Gain {
        match self.readout {
            Some(gain) if v == graph.output() && graph.own_gain(edge).is_none() => {
                Gain::new((*gain.numer()).into(), (*gain.denom()).into())
            }
            _ => graph.gain(self.init, v, edge),
        }
    }
}

impl Graph {
    /// Lowers the graph in the pre-activation convention with ReLU: [`Graph::lower_with`] of [`Lowering::new`].
    ///
    /// # Errors
    /// As [`Graph::lower_with`].
    pub fn lower(&self, init: InitRule) -> Result<Program, ModelError> {
        self.lower_with(&Lowering::new(init))
    }

    /// Lowers the graph to primitive operations.
    ///
    /// **Statement.** By convention, with W entries N(0, C(u,v)/n) into hidden vertices and N(0, C(u,v)/n²) into the output:
    ///
    /// - `Pre`: z(v) = Σ_{linear} W σ(z(u)) + Σ_{projection} W z(u) + Σ_{skip} z(u), output Σ w·σ(z(u));
    /// - `Post`: h(v) = Σ_{linear} σ(W h(u)) + Σ_{projection} W h(u) + Σ_{skip} h(u), output Σ w·h(u);
    /// - `Preact`: z(v) = Σ_{linear} W σ(z(u)) + Σ_{projection} W z(u) + Σ_{skip} σ(z(u)), output Σ w·σ(z(u)).
    ///
    /// A skip with a multiplier m of its own ([`Graph::with_gains`]) adds m times what it reads.
    ///
    /// The input is a fixed vector h of mean square ½, whatever the activation, that stands for σ(z) in `Pre` and `Preact` and
    /// for h in `Post`; the first hidden vertex reads it by a linear edge. Reported vertices hold z, in `Post` h.
    ///
    /// **Source.** Chen et al. 2024, equations 1 and 2, and the published code; C from [`Graph::gain`].
    ///
    /// # Errors
    /// [`ModelError::Refused`] for a skip or a projection out of the input or into the output: the paper gives those vertices
    /// other widths and no pre-activation.
    pub fn lower_with(&self, how: &Lowering) -> Result<Program, ModelError> {
        self.lower_on(how, None)
    }

    /// The same over the positions of an image, where every trained edge is a convolution.
    pub(crate) fn lower_over(&self, how: &Lowering, network: &ConvNetwork) -> Result<Program, ModelError> {
        self.lower_on(how, Some(network))
    }

    fn lower_on(&self, how: &Lowering, network: Option<&ConvNetwork>) -> Result<Program, ModelError> {
        if how.init == InitRule::Keep && self.gains_missing() {
            return Err(ModelError::not_yet(
                "the initialisation keep",
                "a graph whose edges have no gains of their own",
                "solve them first, by keep of the theory",
            ));
        }
        let mut builder = ProgramBuilder::new();
        let input = match network {
            None => builder.input(Gain::new(1.into(), 2.into()))?,
            Some(network) => builder.image(network.image()?)?,
        };
        // By vertex, the operations that linear edges and that skips and projections read; the input has only the former.
        let mut values = Values { post: vec![input], own: vec![None] };
        for v in self.hidden() {
            let vertex = match how.convention {
                Convention::Post => self.lower_post(&mut builder, how, v, &values, network)?,
                Convention::Pre | Convention::Preact => self.lower_pre(&mut builder, how, v, &values, network)?,
            };
            builder.report_at(self.id(v), vertex, self.in_degree(v))?;
            values.own.push(Some(vertex));
            values.post.push(match how.convention {
                Convention::Post => vertex,
                Convention::Pre | Convention::Preact => builder.act(how.activation, vertex)?,
            });
        }
        let output = self.output();
        if let Some(edge) = self.parents(output).iter().find(|edge| edge.kind != EdgeKind::Linear) {
            return Err(self.not_linear_at_end(edge.source(), output));
        }
        let readout =
            self.trained_terms(how, output, &values)?.into_iter().map(|(gain, _, source)| (gain, source)).collect();
        match network {
            None => builder.readout(readout),
            Some(network) => builder.readout_over(readout, network.readout()),
        }
    }

    /// Σ_e W_e x_e over edges of these sources: dense, or a convolution.
    fn trained(
        &self,
        builder: &mut ProgramBuilder,
        network: Option<&ConvNetwork>,
        v: usize,
        terms: Vec<(Gain, usize, OpId)>,
    ) -> Result<OpId, ModelError> {
        let Some(network) = network else {
            return builder.dense(terms.into_iter().map(|(gain, _, source)| (gain, source)).collect());
        };
        let with_kernel = |(gain, u, source)| match network.edge_map(u, v) {
            EdgeMap::Kernel(kernel) | EdgeMap::Pool(kernel) => (gain, kernel, source),
        };
        builder.conv(terms.into_iter().map(with_kernel).collect())
    }

    /// x itself, or its average pooling.
    fn borrowed(
        &self,
        builder: &mut ProgramBuilder,
        network: Option<&ConvNetwork>,
        (u, v): (usize, usize),
        source: OpId,
    ) -> Result<OpId, ModelError> {
        match network.map(|network| network.edge_map(u, v)) {
            Some(EdgeMap::Pool(kernel)) => builder.pool(kernel, source),
            _ => Ok(source),
        }
    }

    /// One dense operation for all trained edges, one sum if there are skips.
    fn lower_pre(
        &self,
        builder: &mut ProgramBuilder,
        how: &Lowering,
        v: usize,
        values: &Values,
        network: Option<&ConvNetwork>,
    ) -> Result<OpId, ModelError> {
        let trained = self.trained_terms(how, v, values)?;
        let dense = if trained.is_empty() { None } else { Some(self.trained(builder, network, v, trained)?) };
        let mut skips = Vec::new();
        for (u, multiplier) in self.skips(v) {
            let own = self.own(u, v, values)?;
            let source = if how.convention == Convention::Preact { values.post[u] } else { own };
            skips.push((multiplier, self.borrowed(builder, network, (u, v), source)?));
        }
        merge(builder, dense.as_slice(), skips)
    }

    /// One dense operation and one activation for each linear edge, one dense for all projections, one sum.
    fn lower_post(
        &self,
        builder: &mut ProgramBuilder,
        how: &Lowering,
        v: usize,
        values: &Values,
        network: Option<&ConvNetwork>,
    ) -> Result<OpId, ModelError> {
        let (mut made, mut projections) = (Vec::new(), Vec::new());
        for edge in self.parents(v).iter().filter(|edge| edge.kind.is_trained()) {
            let gain = how.gain(self, v, *edge);
            if edge.kind == EdgeKind::Projection {
                projections.push((gain, edge.source(), self.own(edge.source(), v, values)?));
            } else {
                let term = (gain, edge.source(), values.post[edge.source()]);
                let dense = self.trained(builder, network, v, vec![term])?;
                made.push(builder.act(how.activation, dense)?);
            }
        }
        if !projections.is_empty() {
            made.push(self.trained(builder, network, v, projections)?);
        }
        let mut skips = Vec::new();
        for (u, multiplier) in self.skips(v) {
            skips.push((multiplier, self.borrowed(builder, network, (u, v), self.own(u, v, values)?)?));
        }
        merge(builder, &made, skips)
    }

    /// Source and multiplier of every skip into a vertex.
    fn skips(&self, v: usize) -> impl Iterator<Item = (usize, Gain)> + '_ {
        let skips = self.parents(v).iter().filter(|edge| edge.kind == EdgeKind::Skip);
        skips.map(|edge| (edge.source(), self.multiplier(*edge)))
    }

    /// Gain, source vertex and source operation of every linear edge and projection into a vertex.
    fn trained_terms(&self, how: &Lowering, v: usize, values: &Values) -> Result<Vec<(Gain, usize, OpId)>, ModelError> {
        self.parents(v)
            .iter()
            .filter(|edge| edge.kind.is_trained())
            .map(|edge| {
                let u = edge.source();
                let source = if edge.kind == EdgeKind::Linear { values.post[u] } else { self.own(u, v, values)? };
                Ok((how.gain(self, v, *edge), u, source))
            })
            .collect()
    }

    fn own(&self, u: usize, v: usize, values: &Values) -> Result<OpId, ModelError> {
        values.own[u].ok_or_else(|| self.not_linear_at_end(u, v))
    }

    fn not_linear_at_end(&self, from: usize, to: usize) -> ModelError {
        ModelError::not_yet(
            "a skip or a projection at the input or the output",
            format!("edge {}-{}", self.name(from), self.name(to)),
            "skips and projections join hidden vertices; use a linear edge here",
        )
    }
}

/// By vertex: σ(z) or h, and the vertex's own vector z or h, which the input lacks.
struct Values {
    post: Vec<OpId>,
    own: Vec<Option<OpId>>,
}

/// The only operation made for the vertex, or the sum of those made and of multiples of those borrowed from other vertices.
///
/// A lone skip is a sum of one: every vertex is reported at an operation of its own.
fn merge(builder: &mut ProgramBuilder, made: &[OpId], borrowed: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
    match (made, borrowed.as_slice()) {
        ([only], []) => Ok(*only),
        _ => builder.sum(made.iter().map(|&addend| (Gain::one(), addend)).chain(borrowed).collect()),
    }
}
