//! One writer at a time, and a line that was cut off.

use archscale_records::{Contents, LineFile};

#[test]
fn lines_are_added_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    assert!(LineFile::open(&path).unwrap().is_none() && !path.exists());
    let (mut file, contents) = LineFile::create(&path).unwrap();
    assert!(contents.lines().is_empty() && contents.is_start_of("first"));
    file.begin("first").unwrap();
    file.append("second").unwrap();
    drop(file);
    let (mut file, contents) = LineFile::open(&path).unwrap().unwrap();
    assert_eq!((contents.lines(), contents.rest()), (b"first\nsecond\n".as_slice(), b"".as_slice()));
    file.append("third").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"first\nsecond\nthird\n");
    // What was added stays when it is repaired again.
    file.repair().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"first\nsecond\nthird\n");
    file.begin("other").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"other\n");
    file.remove();
    assert!(!path.exists());
}

#[test]
fn a_line_that_was_cut_off_is_removed_before_another_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, "first\nsec").unwrap();
    let (mut file, contents) = LineFile::create(&path).unwrap();
    assert_eq!((contents.lines(), contents.rest()), (b"first\n".as_slice(), b"sec".as_slice()));
    // Nothing is changed by looking.
    assert_eq!(std::fs::read(&path).unwrap(), b"first\nsec");
    file.append("second").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"first\nsecond\n");
}

#[test]
fn only_one_run_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let first = LineFile::create(&path).unwrap();
    for second in [LineFile::create(&path).map(|_| ()), LineFile::open(&path).map(|_| ())] {
        let message = second.unwrap_err().to_string();
        assert!(message.contains("a.jsonl: another run is writing it; wait for its end"), "{message}");
    }
    drop(first);
    LineFile::create(&path).unwrap();
}

#[test]
fn what_cannot_be_written_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let message = LineFile::create(folder.path()).unwrap_err().to_string();
    assert!(message.contains("cannot be written") && message.contains(&folder.path().display().to_string()), "{message}");
}

#[test]
fn the_beginning_of_a_line_is_known() {
    let starts = |text: &str| Contents::new(text.into()).is_start_of("first");
    assert!(starts("") && starts("fir") && starts("first") && !starts("first\n") && !starts("x"));
}
