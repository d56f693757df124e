//! The recursion written out plainly for ReLU and leaky ReLU, with its faults: nothing of the crate's engine is used.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use archscale_model::{Op, Program, Term, ops};
use num_traits::ToPrimitive;

/// A deliberate error in the recursion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The directions Γ are dropped: a neuron's own gate is forgotten.
    NoDirections,
    /// Γ is kept for direct edges only.
    DirectDirectionsOnly,
    /// A gate that two vectors share is counted twice: E[φ² φ′²] taken as E φ² E φ′².
    SharedGateTwice,
    /// The correlation of two pre-activations is ignored.
    NoCorrelation,
    /// Means of activations are taken as zero in second moments.
    NoMeans,
    /// Different slots do not interfere in H.
    NoInterference,
    /// 2 Σ X Y counted once.
    CrossTermOnce,
    /// Σ X² B dropped.
    NoInheritedCross,
    /// The table A of intermediate slots is not passed on.
    NoPassedTable,
    /// X B missing in A.
    NoCrossInTable,
    /// The input's own part missing in κ.
    KernelWithoutInput,
    /// C in place of C² in B.
    GainUnsquared,
    /// Skip multiplicities enter once, not squared.
    MultiplicityOnce,
    /// κ of a vector taken by the slopes' squares, without the sum over paths.
    KernelsNotSummed,
    /// C/2 in place of C at the readout.
    HalfReadout,
}

pub(crate) const FAULTS: [Fault; 15] = [
    Fault::NoDirections,
    Fault::DirectDirectionsOnly,
    Fault::SharedGateTwice,
    Fault::NoCorrelation,
    Fault::NoMeans,
    Fault::NoInterference,
    Fault::CrossTermOnce,
    Fault::NoInheritedCross,
    Fault::NoPassedTable,
    Fault::NoCrossInTable,
    Fault::KernelWithoutInput,
    Fault::GainUnsquared,
    Fault::MultiplicityOnce,
    Fault::KernelsNotSummed,
    Fault::HalfReadout,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Input,
    /// Σ m_b g_b.
    Linear,
    /// σ(Σ m_b g_b).
    Activated,
    /// Σ m_b σ(g_b).
    Summed,
}

/// A vector of the program as a function of the slots.
#[derive(Debug, Clone, PartialEq)]
struct Vector {
    kind: Kind,
    form: BTreeMap<usize, f64>,
}

/// A, Γ and (X, Y) of a new slot.
type Update = (Vec<f64>, BTreeMap<usize, f64>, (Vec<f64>, Vec<f64>));

struct Twin {
    fault: Fault,
    /// Slope on the negative side.
    slope: f64,
    vectors: Vec<Vector>,
    q: Vec<f64>,
    kappa: Vec<f64>,
    b: Vec<f64>,
    a: Vec<Vec<f64>>,
    /// Γ of each slot, by operation.
    gamma: Vec<BTreeMap<usize, f64>>,
}

/// Second moment and mean-squared change at every reported vertex.
pub(crate) fn law(program: &Program, fault: Fault) -> BTreeMap<usize, (f64, f64)> {
    let mut twin = Twin {
        fault,
        slope: 0.0,
        vectors: Vec::new(),
        q: Vec::new(),
        kappa: Vec::new(),
        b: Vec::new(),
        a: Vec::new(),
        gamma: Vec::new(),
    };
    for op in program.ops() {
        let vector = match op {
            Op::Input(_) => Vector { kind: Kind::Input, form: BTreeMap::new() },
            Op::Dense(ops::Dense { terms }) => {
                twin.dense(&edges(terms));
                Vector { kind: Kind::Linear, form: BTreeMap::from([(twin.q.len() - 1, 1.0)]) }
            }
            Op::Act(ops::Act { activation, source }) => {
                twin.slope = activation.slope(-1.0);
                let form = twin.vectors[*source].form.clone();
                let kind = if form.len() == 1 { Kind::Summed } else { Kind::Activated };
                // σ(m g) = m σ(g) for m ≥ 0.
                Vector { kind, form }
            }
            Op::Sum(ops::Sum { terms }) => {
                let kind = twin.vectors[terms[0].source].kind;
                let mut form = BTreeMap::new();
                for (gain, source) in edges(terms) {
                    assert_eq!(twin.vectors[source].kind, kind);
                    for (slot, m) in &twin.vectors[source].form {
                        *form.entry(*slot).or_insert(0.0) += gain * m;
                    }
                }
                Vector { kind, form }
            }
            other => panic!("{other:?}"),
        };
        twin.vectors.push(vector);
    }
    let scale = if fault == Fault::HalfReadout { 0.5 } else { 1.0 };
    let readout: Vec<(f64, usize)> = edges(program.readout()).into_iter().map(|(gain, e)| (scale * gain, e)).collect();
    let (table, gamma, _) = twin.update(&readout);
    let change = |op: usize| {
        let own: f64 = twin.gains(op).iter().map(|(slot, gain)| gain * table[*slot]).sum();
        own + gamma.iter().map(|(f, weight)| weight * twin.overlap(op, *f)).sum::<f64>()
    };
    program.nodes().iter().map(|node| (node.id, (twin.second(node.op), change(node.op)))).collect()
}

fn edges(terms: &[Term]) -> Vec<(f64, usize)> {
    terms.iter().map(|term| (term.gain.to_f64().unwrap(), term.source)).collect()
}

impl Twin {
    /// E σ′ʳ.
    fn slope_power(&self, power: i32) -> f64 {
        0.5 * (1.0 + self.slope.powi(power))
    }

    fn second(&self, op: usize) -> f64 {
        let Vector { kind, form } = &self.vectors[op];
        let own: f64 = form.iter().map(|(slot, m)| m * m * self.q[*slot]).sum();
        match kind {
            Kind::Input => 0.5,
            Kind::Linear => own,
            Kind::Activated => own * self.slope_power(2),
            Kind::Summed => {
                let means: Vec<f64> =
                    form.iter().map(|(slot, m)| m * (1.0 - self.slope) * (self.q[*slot] / (2.0 * PI)).sqrt()).collect();
                let cross = means.iter().sum::<f64>().powi(2) - means.iter().map(|mean| mean * mean).sum::<f64>();
                own * self.slope_power(2) + if self.fault == Fault::NoMeans { 0.0 } else { cross }
            }
        }
    }

    /// E φ_b².
    fn gains(&self, op: usize) -> BTreeMap<usize, f64> {
        let Vector { kind, form } = &self.vectors[op];
        let slope = if *kind == Kind::Linear { 1.0 } else { self.slope_power(2) };
        let power = if self.fault == Fault::MultiplicityOnce { 1 } else { 2 };
        form.iter().map(|(slot, m)| (*slot, m.powi(power) * slope)).collect()
    }

    /// H.
    fn overlap(&self, e: usize, f: usize) -> f64 {
        let (left, right) = (&self.vectors[e], &self.vectors[f]);
        let weights: Vec<f64> =
            left.form.iter().filter_map(|(slot, m)| Some(m * right.form.get(slot)? * self.kappa[*slot])).collect();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let total = weights.iter().sum::<f64>().powi(2);
        let total = if self.fault == Fault::KernelsNotSummed { squares } else { total };
        let cross = if self.fault == Fault::NoInterference { 0.0 } else { total - squares };
        let (second, fourth) = (self.slope_power(2), self.slope_power(4));
        let fourth = if self.fault == Fault::SharedGateTwice { second * second } else { fourth };
        match (left.kind, right.kind) {
            (Kind::Input, _) | (_, Kind::Input) => 0.0,
            (Kind::Linear, Kind::Linear) => total,
            // One slot, or slots whose slopes are independent.
            (Kind::Summed, Kind::Summed) => fourth * squares + second * second * cross,
            (Kind::Linear, _) | (_, Kind::Linear) => second * total,
            _ => {
                let inner = |a: &Vector, b: &Vector| -> f64 {
                    a.form.iter().map(|(slot, m)| m * b.form.get(slot).copied().unwrap_or(0.0) * self.q[*slot]).sum()
                };
                let rho = (inner(left, right) / (inner(left, left) * inner(right, right)).sqrt()).clamp(-1.0, 1.0);
                let rho = if self.fault == Fault::NoCorrelation { 0.0 } else { rho };
                let both = 0.25 + rho.asin() / (2.0 * PI);
                let square = self.slope * self.slope;
                let mean = both * (1.0 + square * square) + (0.5 - both) * 2.0 * square;
                total * if self.fault == Fault::SharedGateTwice { second * second } else { mean }
            }
        }
    }

    fn update(&self, terms: &[(f64, usize)]) -> Update {
        let slots = self.q.len();
        let mut x = vec![0.0; slots];
        let mut gamma: BTreeMap<usize, f64> = BTreeMap::new();
        for (gain, e) in terms {
            *gamma.entry(*e).or_insert(0.0) += gain;
            for (slot, own) in self.gains(*e) {
                x[slot] += gain * own;
            }
        }
        if self.fault != Fault::DirectDirectionsOnly {
            for (weight, inherited) in x.iter().zip(&self.gamma) {
                for (f, value) in inherited {
                    *gamma.entry(*f).or_insert(0.0) += weight * value;
                }
            }
        }
        if self.fault == Fault::NoDirections {
            gamma.clear();
        }
        let y: Vec<f64> = (0..slots)
            .map(|m| {
                let earlier: f64 = (0..m).map(|u| x[u] * self.a[m][u]).sum();
                let own = |e: usize| self.gamma[m].iter().map(|(f, weight)| weight * self.overlap(e, *f)).sum::<f64>();
                earlier + terms.iter().map(|(gain, e)| gain * own(*e)).sum::<f64>()
            })
            .collect();
        let table = (0..slots)
            .map(|b| {
                let passed: f64 = (b + 1..slots).map(|m| x[m] * self.a[m][b]).sum();
                let cross = if self.fault == Fault::NoCrossInTable { 0.0 } else { x[b] * self.b[b] };
                y[b] + cross + if self.fault == Fault::NoPassedTable { 0.0 } else { passed }
            })
            .collect();
        (table, gamma, (x, y))
    }

    fn dense(&mut self, terms: &[(f64, usize)]) {
        let (table, gamma, (x, y)) = self.update(terms);
        let mut cross = 0.0;
        for (gain, e) in terms {
            for (gain2, f) in terms {
                let factor = if self.fault == Fault::GainUnsquared { *gain } else { gain * gain2 };
                cross += factor * self.overlap(*e, *f);
            }
        }
        let twice = if self.fault == Fault::CrossTermOnce { 1.0 } else { 2.0 };
        let inherited = if self.fault == Fault::NoInheritedCross { 0.0 } else { 1.0 };
        for m in 0..x.len() {
            cross += twice * x[m] * y[m] + inherited * x[m] * x[m] * self.b[m];
        }
        let fresh: f64 = terms.iter().map(|(_, e)| self.second(*e)).sum();
        let fresh = if self.fault == Fault::KernelWithoutInput && self.q.len() > 1 { 0.0 } else { fresh };
        self.kappa.push(fresh + x.iter().zip(&self.kappa).map(|(x, kappa)| x * kappa).sum::<f64>());
        self.q.push(terms.iter().map(|(gain, e)| gain * self.second(*e)).sum());
        self.b.push(cross);
        self.a.push(table);
        self.gamma.push(gamma);
    }
}
