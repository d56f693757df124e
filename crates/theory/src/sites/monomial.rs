/// Most sites of a monomial: B needs two, A needs three.
pub const MAX_SITES: usize = 3;

/// A neuron index summed over, at one label; gated sites carry the ReLU's gate of that neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// What stands at the site: a vertex, or a sum over a vertex's parents (see [`crate::SiteEngine`]).
    pub label: u32,
    /// Whether the site carries a gate.
    pub gated: bool,
}

/// One factor of a monomial: sites joined in a row by tangent-kernel entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Factor {
    /// h M … M h along these sites: S for one site, q for two, r for three.
    Path(Vec<Site>),
    /// tr(M … M) around these sites: t for one site, m for two.
    Cycle(Vec<Site>),
}

impl Factor {
    fn sites(&self) -> &[Site] {
        match self {
            Self::Path(sites) | Self::Cycle(sites) => sites,
        }
    }

    fn is_cycle(&self) -> bool {
        matches!(self, Self::Cycle(_))
    }

    /// The representative among its reversals (and rotations, for a cycle of more than two).
    fn canonical(self) -> Self {
        let least = |sites: Vec<Site>, cycle: bool| {
            let turns = if cycle { sites.len() } else { 1 };
            let mut best = sites.clone();
            for turn in 0..turns {
                let mut candidate = sites.clone();
                candidate.rotate_left(turn);
                let mut reversed = candidate.clone();
                reversed.reverse();
                best = best.min(candidate).min(reversed);
            }
            best
        };
        match self {
            Self::Path(sites) => Self::Path(least(sites, false)),
            Self::Cycle(sites) => Self::Cycle(least(sites, true)),
        }
    }
}

/// A product of [`Factor`]s in canonical form and compact storage: the key of the engine's memo.
///
/// ```
/// use archscale_theory::{Factor, Monomial, Site};
/// let [a, b] = [1, 2].map(|label| Site { label, gated: true });
/// let q = Monomial::new(vec![Factor::Path(vec![a, b])]);
/// assert_eq!(q, Monomial::new(vec![Factor::Path(vec![b, a])]));
/// assert_eq!(q.factors(), [Factor::Path(vec![a, b])]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Monomial {
    /// Four bits a factor, last factor lowest: bit 2 set for a cycle, bits 0–1 the number of its sites.
    shape: u16,
    /// Sites in factor order as 2·label + ungated, unused entries zero.
    sites: [u32; MAX_SITES],
}

impl Monomial {
    /// The canonical monomial of these factors, which have at most [`MAX_SITES`] sites together.
    ///
    /// Sites beyond that are not stored; the site rule never makes more than it was given.
    #[must_use]
    pub fn new(factors: Vec<Factor>) -> Self {
        let mut factors: Vec<Factor> = factors.into_iter().map(Factor::canonical).collect();
        factors.sort_by(|a, b| (a.is_cycle(), a.sites().len(), a.sites()).cmp(&(b.is_cycle(), b.sites().len(), b.sites())));
        let mut monomial = Self { shape: 0, sites: [0; MAX_SITES] };
        let mut at = 0;
        for factor in &factors {
            monomial.shape = monomial.shape << 4 | u16::from(factor.is_cycle()) << 2 | factor.sites().len() as u16;
            for site in factor.sites() {
                debug_assert!(at < MAX_SITES, "a monomial of too many sites: {factors:?}");
                if let Some(slot) = monomial.sites.get_mut(at) {
                    *slot = site.label << 1 | u32::from(!site.gated);
                }
                at += 1;
            }
        }
        monomial
    }

    /// Number of sites.
    #[must_use]
    pub fn degree(&self) -> usize {
        (0..4).map(|factor| usize::from(self.shape >> (4 * factor) & 3)).sum()
    }

    /// The site in this position, in the order of [`Monomial::factors`].
    #[must_use]
    pub fn site(&self, position: usize) -> Site {
        let code = self.sites[position];
        Site { label: code >> 1, gated: code & 1 == 0 }
    }

    /// The largest label; 0 for the empty product.
    #[must_use]
    pub fn top(&self) -> u32 {
        self.sites.iter().map(|code| code >> 1).max().unwrap_or(0)
    }

    /// The factors in canonical order.
    #[must_use]
    pub fn factors(&self) -> Vec<Factor> {
        let mut at = 0;
        self.factor_shapes()
            .map(|(cycle, length)| {
                let sites: Vec<Site> = (at..at + length).map(|position| self.site(position)).collect();
                at += length;
                if cycle { Factor::Cycle(sites) } else { Factor::Path(sites) }
            })
            .collect()
    }

    /// (is a cycle, number of sites) of each factor, in canonical order.
    pub(super) fn factor_shapes(&self) -> impl Iterator<Item = (bool, usize)> + '_ {
        (0..4).rev().filter_map(|factor| {
            let bits = self.shape >> (4 * factor) & 7;
            (bits != 0).then_some((bits & 4 != 0, usize::from(bits & 3)))
        })
    }

    /// The same factors with the site in each position replaced.
    #[must_use]
    pub fn map_sites(&self, mut replace: impl FnMut(usize, Site) -> Site) -> Self {
        let mut at = 0;
        let factors = self.factor_shapes().map(|(cycle, length)| {
            let sites: Vec<Site> = (at..at + length).map(|position| replace(position, self.site(position))).collect();
            at += length;
            if cycle { Factor::Cycle(sites) } else { Factor::Path(sites) }
        });
        Self::new(factors.collect())
    }

    /// What tells two monomials apart for the site rule: factors, and for each site whether it is at the top and gated.
    pub(super) fn pattern(&self) -> (u16, [u8; MAX_SITES]) {
        let top = self.top();
        let mut marks = [0; MAX_SITES];
        for (mark, code) in marks.iter_mut().zip(self.sites) {
            *mark = if code >> 1 == top { 1 + (code & 1) as u8 } else { 0 };
        }
        (self.shape, marks)
    }
}
