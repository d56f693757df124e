//! The value that a text of JSON or a literal of Python stands for.

use serde_json::Value;

/// Reads a list, a tuple or a dictionary; `None` for anything else.
///
/// Python's brackets, quotes and names of constants are put into JSON's. Texts inside quotes are altered with them, which is enough to
/// recognise a form and never read as an architecture.
pub(super) fn value(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['[', '(', '{']) {
        return None;
    }
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    let python = || {
        let mut json = text.replace('(', "[").replace(')', "]").replace('\'', "\"");
        for (python, value) in [("None", "null"), ("True", "true"), ("False", "false")] {
            json = json.replace(python, value);
        }
        // A comma may stand before a closing bracket there.
        let packed: String = json.split_whitespace().collect();
        packed.replace(",]", "]").replace(",}", "}")
    };
    // Several values beside each other are a tuple without its brackets.
    parse(text).or_else(|| parse(&python())).or_else(|| parse(&format!("[{}]", python())))
}
