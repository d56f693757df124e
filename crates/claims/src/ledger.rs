//! The machine-checked theorems, read from the list that the proofs are built against.

/// One theorem of proofs/coq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theorem {
    /// File and name, as in `forward.target_preserves`.
    pub name: &'static str,
    /// The claim that it is about.
    pub claim: &'static str,
    /// The Rust item whose statement it mirrors, or `none`.
    pub rust: &'static str,
    /// The assumptions that Coq prints for it; `Closed under the global context` is nothing at all.
    pub assumes: &'static str,
}

const THEOREMS: &str = include_str!("../../../proofs/coq/theorems.txt");
const ASSUMPTIONS: &str = include_str!("../../../proofs/coq/assumptions.txt");

/// Every theorem that `make -C proofs` checks, in the order of its list.
///
/// ```
/// use archscale_claims::theorems;
/// let target = theorems().into_iter().find(|theorem| theorem.name == "forward.target_preserves").ok_or("it is listed")?;
/// assert_eq!((target.claim, target.assumes), ("init-target", "Closed under the global context"));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn theorems() -> Vec<Theorem> {
    THEOREMS
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, claim, rust) = (words.next()?, words.next()?, words.next()?);
            let assumes = ASSUMPTIONS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            Some(Theorem { name, claim, rust, assumes: assumes.unwrap_or("not checked") })
        })
        .collect()
}
