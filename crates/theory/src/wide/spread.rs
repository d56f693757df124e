//! Sums over the slots that two vectors share.

use archscale_model::Scaled;
use num_traits::Zero;

/// Which slots two vectors share.
#[derive(Debug, PartialEq)]
pub(super) enum Shared {
    None,
    One(usize),
    Several,
}

pub(super) fn shared_slots(left: &[(usize, Scaled)], right: &[(usize, Scaled)]) -> Shared {
    let mut found = Shared::None;
    for slot in Common::of(left, right) {
        if found != Shared::None {
            return Shared::Several;
        }
        found = Shared::One(left[slot.0].0);
    }
    found
}

/// The places in two ascending lists at which the same slot stands.
struct Common<'a, A, B> {
    left: &'a [(usize, A)],
    right: &'a [(usize, B)],
    at: (usize, usize),
}

impl<'a, A, B> Common<'a, A, B> {
    fn of(left: &'a [(usize, A)], right: &'a [(usize, B)]) -> Self {
        Self { left, right, at: (0, 0) }
    }
}

impl<A, B> Iterator for Common<'_, A, B> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let (a, b) = (self.left.get(self.at.0)?.0, self.right.get(self.at.1)?.0);
            let here = self.at;
            self.at.0 += usize::from(a <= b);
            self.at.1 += usize::from(b <= a);
            if a == b {
                return Some(here);
            }
        }
    }
}

/// The variance of a linear form.
pub(super) fn variance(form: &[(usize, f64)], variances: &[Scaled]) -> Scaled {
    form.iter().map(|(slot, m)| Scaled::from(m * m) * variances[*slot]).sum()
}

/// The joint law of two linear forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) first: Scaled,
    pub(super) second: Scaled,
    pub(super) covariance: Scaled,
    /// first · second − covariance².
    pub(super) determinant: Scaled,
}

/// The joint law of two linear forms of these variances and this covariance.
pub(super) fn pair_of(
    [(left, first), (right, second)]: [(&[(usize, f64)], Scaled); 2],
    covariance: Scaled,
    variances: &[Scaled],
) -> Pair {
    let product = first * second;
    let direct = product - covariance * covariance;
    // A hundredth of the product keeps fourteen digits of the difference.
    if direct > Scaled::from(0.01) * product || first.is_zero() {
        return Pair { first, second, covariance, determinant: direct.max(Scaled::zero()) };
    }
    // q_u times the variance of what is left of the second after its regression on the first: a sum of non-negative terms, in which
    // an error of the slope counts by its square, since the slope makes the sum least.
    let slope = covariance / first;
    let mut residual = Scaled::zero();
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        let (a, b) = (left.get(i), right.get(j));
        let slot = a.map_or(usize::MAX, |(slot, _)| *slot).min(b.map_or(usize::MAX, |(slot, _)| *slot));
        let at = |entry: Option<&(usize, f64)>| entry.filter(|(own, _)| *own == slot).map_or(0.0, |(_, m)| *m);
        let rest = Scaled::from(at(b)) - slope * Scaled::from(at(a));
        residual += rest * rest * variances[slot];
        i += usize::from(a.is_some_and(|(own, _)| *own == slot));
        j += usize::from(b.is_some_and(|(own, _)| *own == slot));
    }
    Pair { first, second, covariance, determinant: first * residual }
}
