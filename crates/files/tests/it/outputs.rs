//! What is one's own is replaced as a whole; what is not stays as it is.

use std::path::{Path, PathBuf};

use archscale_files::{FileError, LIST, Outputs, Place, replace};

/// A folder of its own for each test, not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn write(folder: &Path, subject: &str, files: &[(&str, &str)]) -> Result<usize, FileError> {
    let outputs = Outputs::open(folder, "test", subject, &["a"])?;
    for (name, text) in files {
        outputs.write(name, |out| out.write_all(text.as_bytes()))?;
    }
    outputs.finish()
}

/// Names and contents of a folder.
fn all(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut all: Vec<_> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn own_files_are_replaced_and_foreign_ones_stay() {
    let folder = folder("own");
    assert_eq!(write(&folder, "x", &[("a", "1"), ("b", "2")]).unwrap(), 2);
    std::fs::write(folder.join("notes"), "mine").unwrap();
    assert_eq!(write(&folder, "x", &[("a", "3")]).unwrap(), 1);
    assert_eq!(all(&folder).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b", "notes", LIST]);
    assert_eq!(all(&folder)[0].1, "3");
    // A file that another version left half way of the list: what it replaced is known as well.
    std::fs::write(folder.join("a"), "1").unwrap();
    write(&folder, "x", &[("a", "4")]).unwrap();
    let before = all(&folder);
    // Another subject; a file that was there; one that was changed.
    let refused = |subject: &str, files: &[(&str, &str)], words: &str| {
        let error = write(&folder, subject, files).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("give another folder"), "{error}");
    };
    refused("y", &[("a", "5")], "wrote about x, and this is `test` about y");
    refused("x", &[("a", "5"), ("notes", "5")], "notes: it is there already");
    assert_eq!(all(&folder), before);
    std::fs::write(folder.join("a"), "edited").unwrap();
    refused("x", &[("a", "5")], "a: it was changed since");
    std::fs::write(folder.join(LIST), "{}").unwrap();
    refused("x", &[("a", "5")], "is not the list");
    assert_eq!(std::fs::read_to_string(folder.join("a")).unwrap(), "edited");
}

/// The same bytes lose nothing, whoever wrote them.
#[test]
fn equal_contents_are_no_conflict() {
    let folder = folder("equal");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("b"), "2").unwrap();
    assert_eq!(write(&folder, "x", &[("b", "2")]).unwrap(), 1);
    assert_eq!(write(&folder, "x", &[("b", "3")]).unwrap(), 1);
}

#[test]
fn what_is_refused_or_dropped_leaves_nothing() {
    let root = folder("nothing");
    let inner = root.join("one/two");
    let outputs = Outputs::open(&inner, "test", "x", &["a"]).unwrap();
    outputs.write("a", |out| out.write_all(b"1")).unwrap();
    assert!(outputs.write("b", |_| Err(std::io::Error::other("no more"))).unwrap_err().to_string().contains("no more"));
    assert_eq!(outputs.path(), inner);
    drop(outputs);
    assert!(!root.exists());
    // What was there stays, also when empty.
    std::fs::create_dir_all(&root).unwrap();
    drop(Place::make(&inner).unwrap());
    assert!(root.exists() && !root.join("one").exists());
    let file = root.join("file");
    replace(&file, b"1").unwrap();
    replace(&file, b"2").unwrap();
    assert_eq!(all(&root), [("file".into(), "2".into())]);
    for place in [file.clone(), file.join("below")] {
        let error = Place::make(&place).unwrap_err().to_string();
        assert!(error.contains("give another place") && error.contains(&place.display().to_string()), "{error}");
    }
}

/// New files are as readable as those of other programs.
#[cfg(unix)]
#[test]
fn files_have_the_usual_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("permissions");
    write(&folder, "x", &[("a", "1")]).unwrap();
    std::fs::write(folder.join("plain"), "").unwrap();
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("a"), mode("plain"));
}
