//! Results of a long run on disk, one line of JSON each, so that a run that was stopped goes on where it ended.
//!
//! - [`LineFile`] is a file that one run at a time adds lines to; a line that was cut off when a run was stopped is removed;
//! - [`Records`] finds typed lines by their keys;
//! - [`Reader`] reads the lines of any such file, [`digest`] names contents, [`difference`] tells two runs apart;
//! - [`Part`] is a part of a divided run.
#![forbid(unsafe_code)]

mod difference;
mod digest;
mod line_file;
mod part;
mod reader;
mod records;

pub use difference::difference;
pub use digest::digest;
pub use line_file::{Contents, LineFile};
pub use part::Part;
pub use reader::{Line, Reader, typed};
pub use records::{Keyed, Records};
