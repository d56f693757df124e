//! What a vector of the program is, as a coordinatewise function of the Gaussian slots.

use archscale_model::{Activation, OpId};

/// Σ_b m_b g_b: (slot, multiplier), slots ascending, no multiplier zero.
pub(super) type Form = Vec<(usize, f64)>;

/// outer · σ(inner · g_slot), or outer · g_slot without activation (inner is 1 then).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    pub(super) slot: usize,
    pub(super) outer: f64,
    pub(super) inner: f64,
    pub(super) activation: Option<Activation>,
}

/// One vector as a function of the slots at the same neuron.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A multiple of the program's input.
    Input(f64),
    /// A sum of functions of single slots, by ascending slot: what the post-activation convention makes, and every linear form.
    Separable(Vec<Term>),
    /// outer · σ(Σ_b m_b g_b) with at least two slots: what the pre-activation convention makes.
    Atom {
        outer: f64,
        activation: Activation,
        form: Form,
        /// The operation that holds the linear form.
        inner: OpId,
    },
    /// Any other function of these slots: no closed form.
    Mixed(Vec<usize>),
}

/// Why a vector has no law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoShape {
    /// A nonlinearity of the raw input, of which only the mean square is known.
    InputNonlinearity,
    /// A sum of the raw input with something else, whose mean with the input is unknown.
    InputMixed,
}

impl Shape {
    /// The slots on which it depends, ascending.
    pub(super) fn support(&self) -> Vec<usize> {
        match self {
            Self::Input(_) => Vec::new(),
            Self::Separable(terms) => {
                let mut slots: Vec<usize> = terms.iter().map(|term| term.slot).collect();
                slots.dedup();
                slots
            }
            Self::Atom { form, .. } => form.iter().map(|(slot, _)| *slot).collect(),
            Self::Mixed(slots) => slots.clone(),
        }
    }

    /// Every multiplier that it holds.
    pub(super) fn multipliers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::Input(scale) => Box::new(std::iter::once(*scale)),
            Self::Separable(terms) => Box::new(terms.iter().flat_map(|term| [term.outer, term.inner])),
            Self::Atom { outer, form, .. } => Box::new(std::iter::once(*outer).chain(form.iter().map(|(_, m)| *m))),
            Self::Mixed(_) => Box::new(std::iter::empty()),
        }
    }

    /// Its multipliers, if it is a linear form.
    pub(super) fn as_form(&self) -> Option<Form> {
        match self {
            Self::Separable(terms) if terms.iter().all(|term| term.activation.is_none()) => {
                Some(terms.iter().map(|term| (term.slot, term.outer)).collect())
            }
            _ => None,
        }
    }

    pub(super) fn slot(slot: usize) -> Self {
        Self::Separable(vec![Term { slot, outer: 1.0, inner: 1.0, activation: None }])
    }

    /// σ of this vector, which `op` holds.
    pub(super) fn activated(&self, activation: Activation, op: OpId) -> Result<Self, NoShape> {
        if activation == Activation::LINEAR {
            return Ok(self.clone());
        }
        if matches!(self, Self::Input(_)) {
            return Err(NoShape::InputNonlinearity);
        }
        let Some(form) = self.as_form() else {
            return Ok(Self::Mixed(self.support()));
        };
        Ok(match form[..] {
            // The zero vector: σ(0) at every neuron, a constant.
            [] => Self::Mixed(Vec::new()),
            [(slot, inner)] => Self::Separable(vec![Term { slot, outer: 1.0, inner, activation: Some(activation) }]),
            _ => Self::Atom { outer: 1.0, activation, form, inner: op },
        })
    }

    /// Σ of multiples of vectors.
    pub(super) fn sum(parts: &[(f64, &Self)]) -> Result<Self, NoShape> {
        let inputs = parts.iter().filter(|(_, shape)| matches!(shape, Self::Input(_))).count();
        if inputs > 0 && inputs < parts.len() {
            return Err(NoShape::InputMixed);
        }
        if inputs > 0 {
            return Ok(Self::Input(
                parts.iter().map(|(gain, shape)| if let Self::Input(scale) = shape { gain * scale } else { 0.0 }).sum(),
            ));
        }
        let parts: Vec<(f64, &Self)> = parts.iter().copied().filter(|(gain, _)| *gain != 0.0).collect();
        if parts.iter().all(|(_, shape)| matches!(shape, Self::Separable(_))) {
            return Ok(Self::separable_sum(&parts));
        }
        if let Some(atom) = Self::atom_sum(&parts) {
            return Ok(atom);
        }
        Self::function(&parts.iter().map(|(_, shape)| *shape).collect::<Vec<_>>())
    }

    /// Any function of vectors.
    pub(super) fn function(parts: &[&Self]) -> Result<Self, NoShape> {
        if parts.iter().any(|shape| matches!(shape, Self::Input(_))) {
            return Err(NoShape::InputNonlinearity);
        }
        let mut slots: Vec<usize> = parts.iter().flat_map(|shape| shape.support()).collect();
        slots.sort_unstable();
        slots.dedup();
        Ok(Self::Mixed(slots))
    }

    fn separable_sum(parts: &[(f64, &Self)]) -> Self {
        let mut terms: Vec<Term> = Vec::new();
        for (gain, shape) in parts {
            if let Self::Separable(list) = shape {
                terms.extend(list.iter().map(|term| Term { outer: gain * term.outer, ..*term }));
            }
        }
        // Terms of one slot come together, in the order in which they were met.
        terms.sort_by_key(|term| term.slot);
        let mut merged: Vec<Term> = Vec::with_capacity(terms.len());
        for term in terms {
            let own = merged.iter().rposition(|other| other.slot != term.slot).map_or(0, |before| before + 1);
            let same = |other: &&mut Term| other.inner == term.inner && other.activation == term.activation;
            match merged[own..].iter_mut().find(same) {
                Some(other) => other.outer += term.outer,
                None => merged.push(term),
            }
        }
        merged.retain(|term| term.outer != 0.0);
        Self::Separable(merged)
    }

    /// The sum of multiples of one and the same atom.
    fn atom_sum(parts: &[(f64, &Self)]) -> Option<Self> {
        let mut total = 0.0;
        let (mut first, rest) = (None, parts);
        for (gain, shape) in rest {
            let Self::Atom { outer, activation, form, inner } = shape else { return None };
            match first {
                None => first = Some((*activation, form, *inner)),
                Some((other, same, _)) if other == *activation && same == form => {}
                Some(_) => return None,
            }
            total += gain * outer;
        }
        let (activation, form, inner) = first?;
        if total == 0.0 {
            return Some(Self::Separable(Vec::new()));
        }
        Some(Self::Atom { outer: total, activation, form: form.clone(), inner })
    }
}
