//! Files that a command writes: whole or not at all, and never in place of what is not its own.
//!
//! [`Outputs`] are the files of one command in one folder. A list beside them, `written.json`, says which command wrote them
//! on what, with the SHA-256 of each. A file is replaced only while it is what that list says: what a user has put there or
//! changed stays, and the command is refused. [`replace`] writes one file by itself, and [`Place`] makes a folder that goes
//! again if it stays empty.
//!
//! ```
//! use archscale_files::Outputs;
//! # let folder = std::env::temp_dir().join(format!("archscale-files-doc-{}", std::process::id()));
//! let outputs = Outputs::open(&folder, "an example", "the number four", &["four.txt"])?;
//! outputs.write("four.txt", |out| write!(out, "4"))?;
//! assert_eq!(outputs.finish()?, 1);
//! assert!(Outputs::open(&folder, "an example", "the number five", &["five.txt"]).is_err());
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), archscale_files::FileError>(())
//! ```
#![forbid(unsafe_code)]

mod error;
mod outputs;
mod place;
mod reading;
mod whole;

pub use error::FileError;
pub use outputs::{LIST, Outputs};
pub use place::Place;
pub use reading::{in_line, in_words, is_absent};
pub use whole::replace;
