//! Lists and ranges in braces: `chain:{1..4}`, `conv:kernel={3,5},depth={2,4}`.

/// Every text that a text with braces stands for, the last brace running fastest; a text without braces is itself.
///
/// # Errors
/// A brace without its partner, an empty list, a range that is none or holds more than a thousand numbers.
pub(crate) fn expand(text: &str) -> Result<Vec<String>, String> {
    let Some(open) = text.find('{') else {
        return match text.find('}') {
            Some(_) => Err(format!("'{text}' closes a brace that it does not open")),
            None => Ok(vec![text.into()]),
        };
    };
    let Some(length) = text[open..].find('}') else {
        return Err(format!("'{text}' opens a brace that it does not close"));
    };
    let (before, inner, after) = (&text[..open], &text[open + 1..open + length], &text[open + length + 1..]);
    let mut items = Vec::new();
    for item in inner.split(',').map(str::trim) {
        match item.split_once("..") {
            None if item.is_empty() => {
                return Err(format!("'{text}' has an empty item in braces; write {{1..4}} or {{3,5}}"));
            }
            None => items.push(item.to_string()),
            Some((low, high)) => match (low.trim().parse::<u32>(), high.trim().parse::<u32>()) {
                (Ok(low), Ok(high)) if low <= high && high - low < 1000 => items.extend((low..=high).map(|k| k.to_string())),
                _ => return Err(format!("'{item}' is no range; write {{1..4}} with at most a thousand numbers")),
            },
        }
    }
    let rest = expand(after)?;
    Ok(items.iter().flat_map(|item| rest.iter().map(move |rest| format!("{before}{item}{rest}"))).collect())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn lists_and_ranges() {
        assert_eq!(expand("chain:4").unwrap(), ["chain:4"]);
        assert_eq!(expand("chain:{2..4}").unwrap(), ["chain:2", "chain:3", "chain:4"]);
        assert_eq!(
            expand("a={1,3..4},b={x,y}").unwrap(),
            ["a=1,b=x", "a=1,b=y", "a=3,b=x", "a=3,b=y", "a=4,b=x", "a=4,b=y"]
        );
        for bad in ["chain:{1", "chain:1}", "chain:{}", "chain:{4..2}", "chain:{a..b}", "{1,,2}"] {
            assert!(expand(bad).is_err(), "{bad}");
        }
    }
}
