/// The candidate that a mistyped word most likely meant; `None` where none is near.
///
/// Near means that at most a third of the letters, and at least one, are wrong by insertion, deletion, exchange or swapping of
/// neighbours. Capitals, and `_` for `-`, count as no difference. Of equally near candidates the first is taken.
///
/// ```
/// use archscale_text::closest;
/// assert_eq!(closest("chian", ["complete", "chain"]), Some("chain"));
/// assert_eq!(closest("ring", ["complete", "chain"]), None);
/// ```
pub fn closest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase().replace('_', "-");
    let found = plain(found);
    candidates
        .into_iter()
        .map(|candidate| {
            let candidate_plain = plain(candidate);
            let allowed = (candidate_plain.chars().count().max(found.chars().count()) / 3).max(1);
            (strsim::damerau_levenshtein(&found, &candidate_plain), allowed, candidate)
        })
        .filter(|(distance, allowed, _)| distance <= allowed)
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., candidate)| candidate)
}

/// The end of a message about a word that is not known: `; did you mean 'chain'?`, or nothing where no candidate is near.
///
/// ```
/// use archscale_text::did_you_mean;
/// assert_eq!(did_you_mean("chian", ["chain"]), "; did you mean 'chain'?");
/// assert_eq!(did_you_mean("ring", ["chain"]), "");
/// ```
pub fn did_you_mean<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(found, candidates).map_or_else(String::new, |meant| format!("; did you mean '{meant}'?"))
}

#[cfg(test)]
mod tests {
    use super::closest;

    const WORDS: [&str; 6] = ["chain", "chain-cubic", "complete", "relu", "gelu", "pre"];

    #[test]
    fn slips_of_the_keyboard_are_understood() {
        for (found, meant) in [
            ("chian", "chain"),
            ("chain_cubic", "chain-cubic"),
            ("ReLU", "relu"),
            ("rleu", "relu"),
            ("completed", "complete"),
            ("per", "pre"),
            (" pre", "pre"),
        ] {
            assert_eq!(closest(found, WORDS), Some(meant), "{found}");
        }
    }

    #[test]
    fn other_words_are_not() {
        for found in ["", "x", "ring", "post", "swish", "transformer"] {
            assert_eq!(closest(found, WORDS), None, "{found}");
        }
    }
}
