//! The recursion over slots: variance q, kernel κ, cross part B, table A and the propagated directions Γ.

use super::expectation::{Expectations, Feature, State};
use super::program::SlotProgram;
use crate::TheoryError;
use archscale_model::OpId;

/// The state of one slot, or of the readout as a last, virtual one.
#[derive(Debug)]
struct Row {
    /// (C, feature) of its matrices.
    terms: Vec<(f64, usize)>,
    /// X[b] = Σ_e C_e E φ_eb², where it is not zero, slots ascending.
    gains: Vec<(usize, f64)>,
    /// R[f] = Σ_g Γ[g] H_gf for every feature f so far: all that is ever read of Γ.
    directions: Vec<f64>,
    /// A[b] for earlier slots b.
    table: Vec<f64>,
}

/// The law of one program, up to reading it off at operations.
pub(super) struct Engine<'a> {
    program: &'a SlotProgram,
    pub(super) expectations: Expectations<'a>,
    rows: Vec<Row>,
    features: Vec<Feature>,
    feature_of_op: Vec<Option<usize>>,
    /// H_ef for f ≤ e.
    overlaps: Vec<Vec<f64>>,
    pub(super) variances: Vec<f64>,
    pub(super) kernels: Vec<f64>,
    pub(super) crosses: Vec<f64>,
}

/// What the law says of one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    pub(super) second_moment: f64,
    pub(super) kernel: f64,
    pub(super) mean_squared_change: f64,
}

impl<'a> Engine<'a> {
    /// Runs the recursion through every slot and the readout.
    pub(super) fn run(program: &'a SlotProgram, expectations: Expectations<'a>) -> Result<Self, TheoryError> {
        let slots = program.dense_ops.len();
        let mut engine = Self {
            program,
            expectations,
            rows: Vec::with_capacity(slots + 1),
            features: Vec::with_capacity(slots + 1),
            feature_of_op: vec![None; program.shapes.len()],
            overlaps: Vec::with_capacity(slots + 1),
            variances: Vec::with_capacity(slots),
            kernels: Vec::with_capacity(slots),
            crosses: Vec::with_capacity(slots),
        };
        for (slot, terms) in program.rows.iter().enumerate() {
            let terms = terms
                .iter()
                .map(|&(gain, op)| Ok((gain, engine.feature_index(op)?)))
                .collect::<Result<Vec<_>, TheoryError>>()?;
            engine.push(terms, slot < slots);
        }
        Ok(engine)
    }

    /// E x², the tangent kernel's diagonal and E(Δx)² of the vector of `op`.
    pub(super) fn read(&mut self, op: OpId) -> Result<Reading, TheoryError> {
        let known = self.feature_of_op[op];
        let readout = self.rows.len() - 1;
        let fresh;
        let (feature, direction) = match known {
            Some(index) => (&self.features[index], self.rows[readout].directions[index]),
            None => {
                let (feature, overlaps) = self.measure(op)?;
                let directions = self.directions(&overlaps);
                fresh = feature;
                (&fresh, directions[readout])
            }
        };
        let kernel = feature.gains.iter().map(|(slot, gain)| gain * self.kernels[*slot]).sum();
        let own: f64 = feature.gains.iter().map(|(slot, gain)| gain * self.rows[readout].table[*slot]).sum();
        Ok(Reading { second_moment: feature.second, kernel, mean_squared_change: own + direction })
    }

    /// The feature of `op`, computed and registered on first use.
    fn feature_index(&mut self, op: OpId) -> Result<usize, TheoryError> {
        if let Some(index) = self.feature_of_op[op] {
            return Ok(index);
        }
        let (feature, mut overlaps) = self.measure(op)?;
        let directions = self.directions(&overlaps);
        for (row, direction) in self.rows.iter_mut().zip(directions) {
            row.directions.push(direction);
        }
        overlaps.push(self.expectations.overlap(
            &feature,
            &feature,
            &state_of(self.program, &self.variances, &self.kernels),
        )?);
        let index = self.features.len();
        self.features.push(feature);
        self.overlaps.push(overlaps);
        self.feature_of_op[op] = Some(index);
        Ok(index)
    }

    /// A feature and its H with every registered one.
    fn measure(&mut self, op: OpId) -> Result<(Feature, Vec<f64>), TheoryError> {
        let feature = self.expectations.feature(
            op,
            &self.program.shapes[op],
            &state_of(self.program, &self.variances, &self.kernels),
        )?;
        let mut overlaps = Vec::with_capacity(self.features.len() + 1);
        for other in &self.features {
            overlaps.push(self.expectations.overlap(
                &feature,
                other,
                &state_of(self.program, &self.variances, &self.kernels),
            )?);
        }
        Ok((feature, overlaps))
    }

    /// R of every row for a vector whose H with the features is given: Γ_a = C + Σ_m X_a[m] Γ_m, applied to H.
    fn directions(&self, overlaps: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> = Vec::with_capacity(self.rows.len() + 1);
        for row in &self.rows {
            let direct: f64 = row.terms.iter().map(|(gain, feature)| gain * overlaps[*feature]).sum();
            let passed: f64 = row.gains.iter().map(|(slot, x)| x * found[*slot]).sum();
            found.push(direct + passed);
        }
        found
    }

    fn overlap(&self, e: usize, f: usize) -> f64 {
        self.overlaps[e.max(f)][e.min(f)]
    }

    /// The update of a dense operation, or of the readout.
    fn push(&mut self, terms: Vec<(f64, usize)>, is_slot: bool) {
        let slots = self.kernels.len();
        let mut all = vec![0.0; slots];
        let (mut variance, mut kernel) = (0.0, 0.0);
        for (gain, feature) in &terms {
            let feature = &self.features[*feature];
            variance += gain * feature.second;
            kernel += feature.second;
            for (slot, own) in &feature.gains {
                all[*slot] += gain * own;
            }
        }
        let gains: Vec<(usize, f64)> = all.iter().copied().enumerate().filter(|(_, x)| *x != 0.0).collect();
        let directions: Vec<f64> = (0..self.features.len())
            .map(|f| {
                let direct: f64 = terms.iter().map(|(gain, e)| gain * self.overlap(*e, f)).sum();
                direct + gains.iter().map(|(slot, x)| x * self.rows[*slot].directions[f]).sum::<f64>()
            })
            .collect();
        let meets: Vec<f64> = (0..slots)
            .map(|m| {
                let row = &self.rows[m];
                let earlier: f64 = gains.iter().take_while(|(u, _)| *u < m).map(|(u, x)| x * row.table[*u]).sum();
                earlier + terms.iter().map(|(gain, e)| gain * row.directions[*e]).sum::<f64>()
            })
            .collect();
        let mut table = meets.clone();
        for &(m, x) in &gains {
            table[m] += x * self.crosses[m];
            for (b, inherited) in self.rows[m].table.iter().enumerate() {
                table[b] += x * inherited;
            }
        }
        if is_slot {
            let mut cross: f64 = 0.0;
            for (gain, e) in &terms {
                for (gain2, f) in &terms {
                    cross += gain * gain2 * self.overlap(*e, *f);
                }
            }
            for &(m, x) in &gains {
                kernel += x * self.kernels[m];
                cross += 2.0 * x * meets[m] + x * x * self.crosses[m];
            }
            self.variances.push(variance);
            self.kernels.push(kernel);
            self.crosses.push(cross);
        }
        self.rows.push(Row { terms, gains, directions, table });
    }
}

fn state_of<'s>(program: &'s SlotProgram, variances: &'s [f64], kernels: &'s [f64]) -> State<'s> {
    State { slot_of_op: &program.slot_of_op, variances, kernels }
}
