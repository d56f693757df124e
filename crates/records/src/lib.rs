//! Results of a long run on disk, one line of JSON each, so that a run that was stopped goes on where it ended.
//!
//! - [`LineFile`] is a file that one run at a time adds lines to; a line that was cut off when a run was stopped is removed;
//! - [`Records`] finds typed lines by their keys;
//! - [`typed`] reads the lines of any such file, [`digest`] names contents;
//! - [`Part`] is a part of a divided run.
#![forbid(unsafe_code)]

mod digest;
mod line_file;
mod part;
mod records;
mod typed;

pub use digest::digest;
pub use line_file::{Contents, LineFile};
pub use part::Part;
pub use records::{Keyed, Records};
pub use typed::{Line, typed};
