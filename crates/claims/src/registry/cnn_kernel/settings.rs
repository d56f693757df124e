//! The exact exponents of the kernel's size, over every setting that the source leaves open.

use archscale_model::{ConvNetwork, InitRule, Lowering};
use archscale_theory::{KernelExponents, TapReading, kernel_exponents};

use super::KERNELS;
use crate::{ClaimError, Table};

/// Largest distance of a local exponent from a reading's.
pub(super) const SETTLED: f64 = 0.05;

const PADDINGS: [&str; 2] = ["circular", "zero"];
const READOUTS: [&str; 3] = ["gap", "flatten", "single"];
const INPUTS: [&str; 4] = ["constant", "iid", "smooth", "spectrum"];
const DEPTHS: [&str; 3] = ["2", "4", "8"];
/// Dimensions and sides.
const IMAGES: [(&str, &str); 3] = [("1", "16"), ("1", "64"), ("2", "8")];

/// The columns of a setting.
const COLUMNS: [&str; 6] = ["dimensions", "side", "padding", "input", "readout", "depth"];

/// One row of the table: where, and what holds there.
pub(super) struct Setting {
    cells: [String; 6],
    exponents: KernelExponents,
}

impl Setting {
    /// The exponents of the setting with these values of [`COLUMNS`].
    pub(super) fn new(cells: [&str; 6]) -> Result<Self, ClaimError> {
        let [dims, size, padding, input, readout, depth] = cells;
        let text = format!("conv:depth={depth},dims={dims},size={size},padding={padding},readout={readout},input={input}");
        let network = ConvNetwork::parse(&text)?;
        let exponents = kernel_exponents(&network, &Lowering::new(InitRule::Target), &KERNELS)?;
        Ok(Self { cells: cells.map(String::from), exponents })
    }

    pub(super) fn has_zero_padding(&self) -> bool {
        self.cells[2] == "zero"
    }

    /// Whether every position of the image counts alike: theorem 1.
    pub(super) fn is_stationary(&self) -> bool {
        !self.has_zero_padding() && self.cells[4] != "single"
    }

    /// Whether α is the number of dimensions, up to rounding.
    pub(super) fn counts_taps_exactly(&self) -> bool {
        let alpha = self.exponents.dims as f64;
        self.exponents.local.iter().all(|local| (local - alpha).abs() < 1e-9)
    }

    pub(super) fn reading(&self) -> TapReading {
        self.exponents.reading(SETTLED)
    }

    /// α, fitted over all kernels.
    pub(super) fn exponent(&self) -> f64 {
        self.exponents.exponent
    }

    /// D with kernel 1.
    pub(super) fn first_change(&self) -> f64 {
        self.exponents.rows[0].mean_squared_change
    }

    fn row(&self) -> Vec<String> {
        let mut row = self.cells.to_vec();
        row.push(format!("{:.3}", self.exponents.exponent));
        row.push(self.exponents.local.iter().map(|alpha| format!("{alpha:.2}")).collect::<Vec<_>>().join(", "));
        row.push(self.reading().to_string());
        row
    }
}

/// Every setting of the table.
pub(super) fn settings() -> Result<Vec<Setting>, ClaimError> {
    let mut list = Vec::new();
    for (dims, size) in IMAGES {
        for padding in PADDINGS {
            for input in INPUTS {
                for readout in READOUTS {
                    for depth in DEPTHS {
                        list.push(Setting::new([dims, size, padding, input, readout, depth])?);
                    }
                }
            }
        }
    }
    Ok(list)
}

/// The settings as a table.
pub(super) fn table(settings: &[Setting]) -> Table {
    Table {
        title: "Exact kernel-size exponents in the limit of many channels (kernels 1, 3, 5, 7)".into(),
        header: COLUMNS.into_iter().chain(["α (fit)", "α between neighbours", "reading"]).map(String::from).collect(),
        rows: settings.iter().map(Setting::row).collect(),
    }
}
