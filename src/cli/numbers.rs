//! Numbers as people write them on a command line, and the refusal of others.

use std::str::FromStr;

/// A whole number from 1: `1000`, `1_000`, `1k`, `1e3`.
pub(crate) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    let digits = whole(text, 1)?;
    if digits == "0" {
        return Err("give a whole number from 1".into());
    }
    fitting(&digits)
}

/// A whole number from 0, written in the same ways.
pub(crate) fn natural<T: FromStr>(text: &str) -> Result<T, String> {
    fitting(&whole(text, 0)?)
}

/// A finite number: `0.1`, `3e-4`.
pub(crate) fn real(text: &str) -> Result<f64, String> {
    let value = real_or_infinite(text)?;
    if value.is_finite() { Ok(value) } else { Err("give a finite number, such as 0.1 or 3e-4".into()) }
}

/// The same, or `inf`.
pub(crate) fn real_or_infinite(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let mend = match (text.parse::<f64>(), text.split_once(',')) {
        (Ok(value), _) if value.is_infinite() && text.contains(|letter: char| letter.is_ascii_digit()) => {
            return Err("it is larger than any number that can be worked with".into());
        }
        (Ok(value), _) if !value.is_nan() => return Ok(value),
        (_, Some((before, after))) if format!("{before}.{after}").parse::<f64>().is_ok() => {
            format!("write {before}.{after}, with a point")
        }
        _ => match text.strip_suffix('%').map(|share| share.trim().parse::<f64>()) {
            Some(Ok(percent)) => format!("write {}, without the percent sign", percent / 100.0),
            _ => "give a number, such as 0.1 or 3e-4".into(),
        },
    };
    Err(mend)
}

/// The type's number of these digits.
fn fitting<T: FromStr>(digits: &str) -> Result<T, String> {
    digits.parse().map_err(|_| "it is larger than any number that can be worked with".into())
}

/// Digits that a whole number may have; more than the largest of a processor word has.
const LONGEST: usize = 20;

/// The plain digits of a whole number of at least `least`, without zeros in front.
fn whole(text: &str, least: u64) -> Result<String, String> {
    let text = text.trim();
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<usize>().map_err(|_| no_whole_number(text, least))?),
        None => match text.strip_suffix(['k', 'K']) {
            Some(number) => (number, 3),
            None => (text, 0),
        },
    };
    let (before, after) = number.split_once('.').unwrap_or((number, ""));
    let after = after.trim_end_matches('0');
    let before: String = before.split('_').filter(|group| !group.is_empty()).collect();
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if before.is_empty() || !all_digits(&before) || !all_digits(after) || after.len() > exponent {
        return Err(no_whole_number(text, least));
    }
    if exponent > LONGEST {
        return Err("it is larger than any number that can be worked with".into());
    }
    let digits = format!("{before}{after}{}", "0".repeat(exponent - after.len()));
    let digits = digits.trim_start_matches('0');
    Ok(if digits.is_empty() { "0".into() } else { digits.into() })
}

/// The mend of a text that is no whole number of at least `least`.
fn no_whole_number(text: &str, least: u64) -> String {
    if ["inf", "infinity", "∞"].contains(&text.to_lowercase().as_str()) {
        return format!("give a finite whole number from {least}; `law` also takes inf");
    }
    let groups: Vec<&str> = text.split([',', ' ', '\'']).collect();
    if are_thousands(&groups) {
        return format!("write {}, without signs between the thousands", groups.concat());
    }
    format!("give a whole number from {least}, such as 1000, 1_000, 1k or 1e3")
}

/// True for two or more groups of digits, all but the first of three.
fn are_thousands(groups: &[&str]) -> bool {
    let [first, rest @ ..] = groups else { return false };
    let all_digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    all_digits && (1..=3).contains(&first.len()) && !rest.is_empty() && rest.iter().all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn whole_numbers_are_read_as_people_write_them() {
        let of = |text| count::<NonZeroU64>(text).map(NonZeroU64::get);
        for text in ["20000", "20_000", "2e4", "2E4", "20k", "20K", "2.0e4", "020000", "0.2e5", " 20000"] {
            assert_eq!(of(text), Ok(20_000), "{text}");
        }
        assert_eq!(natural::<u64>("0"), Ok(0));
        assert_eq!(natural::<u64>("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(natural::<usize>("2.5k"), Ok(2500));
    }

    #[test]
    fn other_whole_numbers_are_refused_in_words() {
        for (text, said) in [
            ("0", "from 1"),
            ("0e3", "from 1"),
            ("-1", "from 1"),
            ("2.5", "whole"),
            ("1.55e1", "whole"),
            ("1e-3", "whole"),
            ("inf", "finite"),
            ("1,000", "write 1000"),
            ("0,1", "such as 1000"),
            ("20 000 000", "write 20000000"),
            ("", "whole"),
            ("k", "whole"),
            ("+3", "whole"),
            ("ten", "such as 1000"),
            ("18446744073709551616", "larger"),
            ("1e99", "larger"),
        ] {
            let message = count::<u64>(text).unwrap_err();
            assert!(message.contains(said), "{text}: {message}");
        }
        assert!(natural::<u64>("-1").unwrap_err().contains("from 0"));
    }

    #[test]
    fn numbers_are_refused_in_words() {
        assert_eq!(real("3e-4"), Ok(3e-4));
        assert_eq!(real(".5"), Ok(0.5));
        assert_eq!(real_or_infinite("inf"), Ok(f64::INFINITY));
        for (text, said) in [
            ("0,1", "write 0.1"),
            ("10%", "write 0.1"),
            ("inf", "finite"),
            ("nan", "give a number"),
            ("1e400", "larger"),
            ("fast", "give a number"),
            ("", "give a number"),
        ] {
            let message = real(text).unwrap_err();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
