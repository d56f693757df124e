//! Text for places that show ASCII only.

/// The text with its symbols written in ASCII; letters that users give (names of files) stay as they are.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Of a run of raised or lowered signs only the first is marked: 10⁻⁶ is 10^-6.
    let mut before = None;
    for letter in text.chars() {
        let shifted = shifted(letter);
        match (shifted, spelled(letter)) {
            (Some((mark, sign)), _) => {
                if before != Some(mark) {
                    out.push(mark);
                }
                out.push(sign);
            }
            (None, Some(word)) => out.push_str(word),
            (None, None) => out.push(letter),
        }
        before = shifted.map(|(mark, _)| mark);
    }
    out
}

/// A raised or lowered sign: its mark and what it is on the line.
fn shifted(letter: char) -> Option<(char, char)> {
    Some(match letter {
        '⁰' => ('^', '0'),
        '¹' => ('^', '1'),
        '²' => ('^', '2'),
        '³' => ('^', '3'),
        '⁴' => ('^', '4'),
        '⁵' => ('^', '5'),
        '⁶' => ('^', '6'),
        '⁷' => ('^', '7'),
        '⁸' => ('^', '8'),
        '⁹' => ('^', '9'),
        '⁻' => ('^', '-'),
        'ᵀ' => ('^', 'T'),
        'ⁿ' => ('^', 'n'),
        '₀'..='₉' => ('_', char::from_digit(letter as u32 - '₀' as u32, 10)?),
        _ => return None,
    })
}

fn spelled(letter: char) -> Option<&'static str> {
    Some(match letter {
        'α' => "alpha",
        'β' => "beta",
        'γ' => "gamma",
        'δ' => "delta",
        'ε' => "epsilon",
        'ζ' => "zeta",
        'η' => "eta",
        'θ' => "theta",
        'κ' => "kappa",
        'λ' => "lambda",
        'μ' => "mu",
        'π' => "pi",
        'ρ' => "rho",
        'σ' => "sigma",
        'τ' => "tau",
        'φ' => "phi",
        'χ' => "chi",
        'ω' => "omega",
        'Δ' => "Delta",
        'Θ' => "Theta",
        'Π' => "prod",
        'Σ' => "sum",
        'Φ' => "Phi",
        'ℓ' => "l",
        '√' => "sqrt",
        '∞' => "inf",
        '±' => "+/-",
        '×' => "x",
        '·' => "*",
        '−' | '–' => "-",
        '—' => "--",
        '→' => "->",
        '≤' => "<=",
        '≥' => ">=",
        '≈' => "~",
        '≠' => "!=",
        '≪' => "<<",
        '≫' => ">>",
        '∈' => "in",
        '⊥' => "_|_",
        '‖' => "||",
        '′' => "'",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        '…' => "...",
        '\u{303}' => "~",
        '\u{304}' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn symbols_are_spelled_and_exponents_are_marked_once() {
        assert_eq!(plain("η* ~ L^(−3/2)"), "eta* ~ L^(-3/2)");
        assert_eq!(plain("E|z|²/n ± 10⁻⁶"), "E|z|^2/n +/- 10^-6");
        assert_eq!(plain("B̃₁₂ ≤ Σ L³"), "B~_12 <= sum L^3");
        assert_eq!(plain("naïve.json"), "naïve.json");
    }
}
