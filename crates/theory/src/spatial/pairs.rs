//! The fluctuation of the change at every pair of positions, which pooling between layers asks for.

use archscale_model::Scaled;
use nalgebra::DMatrix;
use num_traits::One;

use super::blocks::Block;
use super::dense::Dense;
use super::engine::{Passes, accumulate};
use super::gate::is_alive;
use super::layout::{Feature, Layout, Source};
use super::map::PositionMap;
use super::orthant::Orthants;

/// E Δz Δzᵀ of forms and E Δx Δxᵀ of features, over positions.
pub(super) struct Pairs<'p, 'a> {
    passes: &'p Passes<'a, PositionMap, Dense>,
    orthants: Orthants,
    /// F_b.
    fluctuations: Vec<Block<DMatrix<f64>>>,
    /// By feature, E Δx Δxᵀ.
    sources: Vec<Option<Block<DMatrix<f64>>>>,
}

/// How many four-dimensional orthant probabilities a program asks for.
pub(super) fn orthant_count<G>(layout: &Layout<PositionMap, G>) -> usize {
    let m = layout.grid.positions();
    let quadruples = (m * (m + 1) / 2).saturating_pow(2);
    let gated = |feature: &&Feature| feature.gated;
    let meets = |one: &Feature, two: &Feature| {
        layout.forms[one.form].iter().any(|(slot, _)| layout.forms[two.form].iter().any(|(other, _)| other == slot))
    };
    let pairs: usize = layout
        .features
        .iter()
        .filter(gated)
        .map(|one| layout.features.iter().filter(gated).filter(|two| meets(one, two)).count())
        .sum();
    pairs.saturating_mul(quadruples)
}

impl<'p, 'a> Pairs<'p, 'a> {
    pub(super) fn run(passes: &'p Passes<'a, PositionMap, Dense>) -> Self {
        let layout = passes.layout;
        let mut pairs =
            Self { passes, orthants: Orthants::new(), fluctuations: Vec::new(), sources: vec![None; layout.features.len()] };
        for reads in &layout.slots {
            let mut fluctuation = passes.space.zero();
            for read in reads {
                if let Source::Feature(feature) = read.source {
                    let source = pairs.source(feature);
                    passes.space.add(&mut fluctuation, read.gain, &passes.space.average(read.kernel, &source));
                }
            }
            pairs.fluctuations.push(fluctuation);
        }
        pairs
    }

    /// E(Δ)² of a form or of its ReLU, at every position.
    pub(super) fn change(&mut self, field: Feature) -> Vec<Scaled> {
        let space = self.passes.space;
        match self.passes.layout.gated(field) {
            Some(feature) => space.diagonal(&self.source(feature)),
            None => {
                let mut total = self.passes.reaction(field.form);
                accumulate(&mut total, Scaled::one(), &space.diagonal(&self.own(field.form)));
                total
            }
        }
    }

    /// Σ_b M_vb F_b M_vbᵀ.
    fn own(&self, form: usize) -> Block<DMatrix<f64>> {
        let space = self.passes.space;
        let mut total = space.zero();
        for (slot, map) in &self.passes.layout.forms[form] {
            space.add(&mut total, Scaled::one(), &space.forth(map, &self.fluctuations[*slot], map));
        }
        total
    }

    fn source(&mut self, feature: usize) -> Block<DMatrix<f64>> {
        if let Some(known) = &self.sources[feature] {
            return known.clone();
        }
        let passes = self.passes;
        let form = passes.layout.features[feature].form;
        let slopes = passes.slopes(feature);
        // What meets no gate but the feature's own.
        let mut plain = self.own(form);
        let space = passes.space;
        let mut total = space.zero();
        for f in passes.neighbours(form) {
            let kernel = passes.shared_kernel(form, passes.layout.features[f].form);
            let gates = passes.features[feature].angles.as_ref().zip(passes.features[f].angles.as_ref());
            match gates {
                Some((one, two)) => {
                    let across = passes.shared_angles(feature, f);
                    let part = self.through_gates(feature, f, [&one.entries, &across.entries, &two.entries], &kernel);
                    space.add(&mut total, Scaled::one(), &part);
                }
                None => {
                    let flow = &passes.features[f].flow;
                    let product = &kernel.entries * &flow.entries * kernel.entries.transpose();
                    let part = space.block(product, 2 * kernel.exponent + flow.exponent);
                    space.add(&mut plain, Scaled::one(), &part);
                }
            }
        }
        let gated = slopes.map_or_else(|| plain.clone(), |slopes| space.product(&slopes, &plain));
        space.add(&mut total, Scaled::one(), &gated);
        self.sources[feature] = Some(total.clone());
        total
    }

    /// Σ_{r, r′} K(p, r) K(p′, r′) B(r, r′) P(z^e(p), z^e(p′), z^f(r), z^f(r′) > 0).
    fn through_gates(
        &self,
        e: usize,
        f: usize,
        [one, across, two]: [&DMatrix<f64>; 3],
        kernel: &Block<DMatrix<f64>>,
    ) -> Block<DMatrix<f64>> {
        let m = kernel.entries.nrows();
        let (signal, alive) = (&self.passes.features[f].signal, &self.passes.features[e].variances);
        let exponent = 2 * kernel.exponent + signal.exponent;
        let (kernel, signal) = (&kernel.entries, &signal.entries);
        let mut total = DMatrix::zeros(m, m);
        for p in (0..m).filter(|&p| is_alive(alive[p])) {
            for s in (p..m).filter(|&s| is_alive(alive[s])) {
                let mut sum = 0.0;
                for r in 0..m {
                    for t in r..m {
                        let mut weight = kernel[(p, r)] * kernel[(s, t)];
                        if r != t {
                            weight += kernel[(p, t)] * kernel[(s, r)];
                        }
                        weight *= signal[(r, t)];
                        if weight != 0.0 {
                            let (to_r, to_t) = ((across[(p, r)], across[(s, r)]), (across[(p, t)], across[(s, t)]));
                            sum += weight * self.orthants.four([one[(p, s)], to_r.0, to_t.0, to_r.1, to_t.1, two[(r, t)]]);
                        }
                    }
                }
                total[(p, s)] = sum;
                total[(s, p)] = sum;
            }
        }
        self.passes.space.block(total, exponent)
    }
}
