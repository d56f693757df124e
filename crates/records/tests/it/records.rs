//! Records by their keys.

use std::path::{Path, PathBuf};

use archscale_records::{Keyed, Records, digest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Square {
    key: String,
    value: f64,
    digest: String,
}

impl Square {
    fn new(key: &str, value: f64) -> Self {
        Self { key: key.into(), value, digest: digest(&(key, value)).unwrap() }
    }
}

impl Keyed for Square {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_intact(&self) -> bool {
        digest(&(&self.key, self.value)).is_ok_and(|digest| digest == self.digest)
    }
}

fn text(squares: &[Square]) -> String {
    squares.iter().map(|square| serde_json::to_string(square).unwrap() + "\n").collect()
}

fn refusal(path: &Path) -> String {
    Records::<Square>::open(path.into()).unwrap_err().to_string()
}

#[test]
fn records_are_kept_on_disk_and_found_by_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    // A double that is read with an error in its last digit by a parser that is content with less.
    let (a, b) = (Square::new("a", 0.1 + 0.2), Square::new("b", 1.0 / 49.0));
    let mut records = Records::open(path.clone()).unwrap();
    assert!(records.append(a.clone()).unwrap_err().to_string().contains("not opened to be written"));
    assert!(!path.exists() && records.is_empty());
    records.begin().unwrap();
    records.append(a.clone()).unwrap();
    records.append(b.clone()).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text(&[a.clone(), b.clone()]));
    assert!(refusal(&path).contains("another run is writing it"));
    drop(records);
    let records = Records::<Square>::open(path.clone()).unwrap();
    assert_eq!((records.get("a"), records.get("b"), records.get("c"), records.len()), (Some(&a), Some(&b), None, 2));
}

#[test]
fn a_record_that_was_cut_off_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let whole = text(&[Square::new("a", 1.0), Square::new("b", 4.0)]);
    let first = text(&[Square::new("a", 1.0)]).len();
    for end in first..whole.len() {
        std::fs::write(&path, &whole[..end]).unwrap();
        let mut records = Records::<Square>::open(path.clone()).unwrap();
        assert_eq!((records.len(), std::fs::read(&path).unwrap().len()), (1, end));
        records.begin().unwrap();
        records.append(Square::new("b", 4.0)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
        // Begun again, nothing is lost.
        records.begin().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    }
}

#[test]
fn what_is_no_record_stays_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let good = text(&[Square::new("a", 1.0)]);
    for (rest, told) in [
        ("notes", "what follows its last whole line is no record that was cut off"),
        ("{}\n", "line 2: it is no record (missing field `key`, at column 2); remove the line to measure it again"),
        ("\"\\", "what follows its last whole line is no record that was cut off"),
    ] {
        let all = format!("{good}{rest}");
        std::fs::write(&path, &all).unwrap();
        let message = refusal(&path);
        assert!(message.contains(told), "{message}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), all);
    }
    std::fs::write(&path, good.replace("1.0", "1.5")).unwrap();
    let message = refusal(&path);
    assert!(message.contains("line 1: the record's digest is not that of its contents"), "{message}");
}

#[test]
fn a_file_can_be_looked_at_while_it_is_written() {
    let whole = text(&[Square::new("a", 1.0)]);
    let path = PathBuf::from("records.jsonl");
    let mut records = Records::of_bytes(path, format!("{whole}{{\"key\":\"b").into_bytes()).unwrap();
    assert_eq!(records.get("a"), Some(&Square::new("a", 1.0)));
    assert_eq!(records.begin().unwrap_err().to_string(), "records.jsonl: it was opened to be read only");
    let message = records.append(Square::new("b", 4.0)).unwrap_err().to_string();
    assert_eq!(message, "records.jsonl: it was not opened to be written");
}

#[test]
fn records_in_memory_need_no_place() {
    let mut records = Records::in_memory();
    records.begin().unwrap();
    records.append(Square::new("a", 1.0)).unwrap();
    records.append(Square::new("a", 2.0)).unwrap();
    assert_eq!((records.len(), records.get("a")), (1, Some(&Square::new("a", 2.0))));
}
