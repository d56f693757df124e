use archscale_model::{Architecture, InitRule};
use archscale_theory::{ReluDag, chain_label_part, chain_limit, limit_moments};
use num_rational::BigRational;

use crate::hypothesis::{CHAIN, LIMIT, LINEAR_EDGES, MEAN_FIELD, RELU, TARGET_INIT, VECTORS};
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Method, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "chain-cubic",
    statement: "On a chain B(ℓ) = Θ(η² ℓ³), so the largest learning rate falls as L^(−3/2)",
    source: "Jelassi et al. 2023 (arXiv 2305.07810), theorem 1.1; Chen et al. 2024, appendix D",
    domain: &[CHAIN, LINEAR_EDGES, RELU, TARGET_INIT, VECTORS, MEAN_FIELD, LIMIT],
    quantity: "B at every layer",
    check: "Limit law = ℓ(2ℓ²+1)/12 in exact rationals for all ℓ ≤ 64; its exponent; simulation against the closed form at finite n",
    refuted_by: "A layer whose B is not the polynomial, an exponent other than 3, or a simulation that excludes the closed form",
    mutant: "Exponents 2 and 4; the asymptote ℓ³/6 taken as exact; the limit taken at n = 16",
    derivation: "proofs/chain-cubic.md",
    theorems: &["limit.chain_cubic", "closed.chain_closed_label", "expansion.chain_label_expansion"],
    outside: "Linearisation in η; that training follows the first step",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let deepest = 64_u64;
    let program = Architecture::parse(&format!("chain:{deepest}"))?.graph().lower(InitRule::Target)?;
    let law = limit_moments::<BigRational>(&ReluDag::new(&program, "the infinite-width law")?)?;
    let wrong = (1..).zip(&law).find(|(layer, at)| at.change != chain_limit::<BigRational>(*layer));
    finding.checks.push(
        Check::holds(
            format!("B(ℓ) = ℓ(2ℓ²+1)/12 for ℓ = 1…{deepest}"),
            Method::Exact,
            wrong.is_none(),
            deepest,
            wrong.map_or_else(|| "equal as fractions".into(), |(layer, _)| format!("differs at layer {layer}")),
        )
        .with_command(format!("archscale law chain:{deepest} --width inf --exact --json")),
    );
    // The polynomial's local exponent is 3 − 1/(2ℓ²) + …, so 10⁻³ is far above what is left at ℓ = 1000.
    let exponent = (chain_limit::<f64>(2_000) / chain_limit::<f64>(1_000)).log2();
    finding.checks.push(Check::holds(
        "growth exponent of B from ℓ = 1000 to 2000",
        Method::Numeric,
        (exponent - 3.0).abs() < 1e-3,
        2,
        format!("exponent {exponent:.6}, learning-rate exponent {:.6}", -exponent / 2.0),
    ));
    for wrong in [2.0, 4.0] {
        finding.mutants.push(Mutant::compared(format!("exponent {wrong}"), (exponent - wrong).abs() >= 1e-3));
    }
    for width in [16_usize, 32] {
        let part = Quantity::LabelPart;
        let trial = Trial::run(context, CLAIM.id, "chain:3", InitRule::Target, width, &[part])?;
        for vertex in 0..trial.vertices() {
            let closed = chain_label_part::<f64>(vertex as u64 + 1, width as u64)?;
            finding.checks.push(trial.check(vertex, part, closed));
        }
        finding.mutants.push(trial.perturbed(2, part, context));
        let cube = trial.decide(2, part, 27.0 / 6.0);
        finding.mutants.push(Mutant::simulated(format!("ℓ³/6 as exact value, n = {width}"), &cube));
        if width == 16 {
            let limit = trial.decide(2, part, chain_limit::<f64>(3));
            finding.mutants.push(Mutant::simulated("the limit taken at n = 16", &limit));
        }
    }
    Ok(finding)
}

/// The limit law at every layer of one chain, exactly, against the polynomial and between the constants that it gives.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    held(case, chain_limit::<BigRational>)
}

/// The same against a polynomial that is given.
pub(super) fn held(case: &Case, polynomial: fn(u64) -> BigRational) -> Result<Vec<Check>, ClaimError> {
    let text = case.network.text();
    let law = limit_moments::<BigRational>(&ReluDag::new(&case.network.lower(&case.how)?, "the infinite-width law")?)?;
    let layers = law.len() as u64;
    let command = format!("archscale law {text} --width inf --exact --json");
    let check = |what: String, failing: Option<u64>, holds: &str| {
        let reason = failing.map_or_else(|| holds.into(), |layer| format!("differs at layer {layer}"));
        Check::holds(what, Method::Exact, failing.is_none(), layers, reason).with_command(command.clone())
    };
    let first = |holds: &dyn Fn(u64, &BigRational) -> bool| {
        (1..).zip(&law).find(|(layer, at)| !holds(*layer, &at.change)).map(|(layer, _)| layer)
    };
    let ratio = |numerator: u64, denominator: u64| BigRational::new(numerator.into(), denominator.into());
    let between = |layer: u64, change: &BigRational| {
        let cube = ratio(layer.pow(3), 1);
        (ratio(1, 6)..=ratio(1, 4)).contains(&(change / cube))
    };
    Ok(vec![
        check(format!("B(ℓ)/ℓ³ in [1/6, 1/4] at every layer of {text}"), first(&between), "it is"),
        check(
            format!("B(ℓ) = ℓ(2ℓ²+1)/12 at every layer of {text}"),
            first(&|layer, change| *change == polynomial(layer)),
            "equal as fractions",
        ),
    ])
}
