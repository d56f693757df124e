//! What a run will take, known before it starts: memory of a block, and arithmetic of all.

use std::fmt;

use archscale_nets::{Network, Weights};
use archscale_stats::Moments;

use crate::chunk::feature_chunk;
use crate::settings::NOMINAL_RATE;
use crate::{Readout, Settings, SimError};

/// Operations of drawing one normal number.
const NORMAL: f64 = 20.0;

/// Groups of networks are searched at about so many learning rates.
pub(crate) const ATTEMPTS: u64 = 10;

/// What a run asks of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    /// The estimates of one step, by the readout of the settings.
    Estimates,
    /// Gradients of so many functions, in one part or several.
    Functions(usize),
    /// So many true gradient steps.
    Steps(usize),
}

impl Load {
    fn steps(self) -> usize {
        if let Self::Steps(steps) = self { steps } else { 0 }
    }

    /// Functions whose gradients are carried.
    fn functions(self, settings: &Settings, network: &Network) -> usize {
        match self {
            Self::Estimates => settings.readout.functions(network.features()),
            Self::Functions(count) => count,
            Self::Steps(_) => 1,
        }
    }
}

/// Another way to run that takes less memory or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// How the weights are represented.
    pub method: Weights,
    /// How the readout enters.
    pub readout: Readout,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let article = if self.readout == Readout::Integrated { "an" } else { "a" };
        write!(f, "{} weights with {article} {} readout", self.method, self.readout)
    }
}

/// Refuses a run that takes too long or too much memory for a block; the bytes of a block.
///
/// # Errors
/// [`SimError::Work`] and [`SimError::Memory`] above the limits.
pub(crate) fn checked(settings: &Settings, network: &Network, load: Load) -> Result<u128, SimError> {
    check_work(settings, network, load, 1)?;
    let needed = bytes(settings, network, load);
    if !fits(settings, network, load) {
        return Err(SimError::Memory {
            width: settings.width,
            matrices: network.matrix_count(),
            operations: network.operations(),
            method: settings.method,
            needed: in_units(needed),
            limit: in_units(settings.memory_limit.into()),
            remedy: remedy(settings, network, load, 1),
        });
    }
    Ok(needed.max(1))
}

/// Whether a block fits the memory.
pub(crate) fn fits(settings: &Settings, network: &Network, load: Load) -> bool {
    bytes(settings, network, load) <= u128::from(settings.memory_limit)
}

/// The first of the other ways to run that is within both limits, if there is one.
fn remedy(settings: &Settings, network: &Network, load: Load, repeats: u64) -> Option<Remedy> {
    let readouts = match load {
        // One function is carried whatever the readout.
        Load::Functions(_) | Load::Steps(_) => vec![settings.readout],
        Load::Estimates => vec![settings.readout, Readout::Projected],
    };
    let methods = [settings.method, Weights::Lazy, Weights::Dense];
    let ways = methods.into_iter().flat_map(|method| readouts.iter().map(move |&readout| Remedy { method, readout }));
    ways.into_iter().find(|way| {
        let settings = Settings { method: way.method, readout: way.readout, ..settings.clone() };
        fits(&settings, network, load) && work(&settings, network, load, repeats) <= settings.work_limit as f64
    })
}

/// Estimated bytes of one block.
fn bytes(settings: &Settings, network: &Network, load: Load) -> u128 {
    let all = load.functions(settings, network);
    let (n, m) = (settings.width as u128, network.positions() as u128);
    let (steps, functions) = (load.steps() as u128, all as u128);
    let columns = all.min(feature_chunk(network)) as u128;
    let widest = network.widest() as u128;
    let matrix_columns: u128 = network.matrix_columns().map(|columns| columns as u128).sum();
    // Elements held for the trained matrices, and what is at work on one.
    let (held, in_work) = match settings.method {
        // Every query is held with its answer, and an update is two vectors, at every position.
        Weights::Lazy => {
            let of_a_pair = (matrix_columns + n * network.matrix_count() as u128).saturating_mul(m);
            let queries = functions.saturating_mul(2).saturating_add(steps.saturating_mul(3)).saturating_add(1);
            (of_a_pair.saturating_mul(queries), widest.saturating_mul(6 + 4 * columns * m))
        }
        // After a step there are the weights, their gradients and the moved weights.
        Weights::Dense | Weights::Auto => {
            (matrix_columns.saturating_mul(n * if steps == 0 { 1 } else { 3 }), widest.saturating_mul(n))
        }
    };
    // Per operation: value, norm and slope; a gradient and a tangent of every column, and temporaries.
    let temporaries: u128 = network.temporaries() as u128;
    let operations = network.operations() as u128;
    let fields = operations * (3 + 3 * columns) + temporaries + network.readout().len() as u128;
    let mut elements = held.saturating_add(in_work).saturating_add(fields.saturating_mul(n.saturating_mul(m)));
    let nodes = network.nodes().len() as u128;
    // After each step its flags, its residual and two quantities per vertex.
    let mut moments = if steps == 0 { 0 } else { steps.saturating_mul(2 + 2 * nodes).saturating_add(1) };
    if network.grid_positions().is_some() {
        // What positions read, picked, laid out anew and padded, for a value and for every function; products of positions.
        let read = widest.saturating_mul(m).saturating_mul(3 * (1 + columns));
        elements = elements.saturating_add(read).saturating_add(2 * operations * m * m);
        moments = moments.saturating_add(nodes * 4 * (m + 1));
    }
    let networks = settings.block_size(network) as u128 * settings.precision.dtype().size_in_bytes() as u128;
    networks.saturating_mul(elements).saturating_add(moments.saturating_mul(size_of::<Moments>() as u128))
}

/// Refuses a run whose estimated arithmetic, `repeats` times over, is above the limit of the settings.
///
/// # Errors
/// [`SimError::Work`].
pub(crate) fn check_work(settings: &Settings, network: &Network, load: Load, repeats: u64) -> Result<(), SimError> {
    let total = work(settings, network, load, repeats);
    if total <= settings.work_limit as f64 {
        return Ok(());
    }
    let networks = u128::from(settings.samples) * u128::from(repeats.div_ceil(ATTEMPTS).max(1));
    let steps = match load {
        Load::Steps(steps) => format!(" and {steps} steps"),
        _ => String::new(),
    };
    Err(SimError::Work {
        what: format!("{networks} networks of width {}{steps}", settings.width),
        needed: duration(total / NOMINAL_RATE as f64),
        limit: duration(settings.work_limit as f64 / NOMINAL_RATE as f64),
        fewer: if steps.is_empty() { "networks" } else { "networks or steps" },
        remedy: remedy(settings, network, load, repeats),
    })
}

/// Estimated arithmetic operations of a run that is repeated so often.
fn work(settings: &Settings, network: &Network, load: Load, repeats: u64) -> f64 {
    operations(settings, network, load) * settings.samples as f64 * repeats as f64
}

/// Estimated arithmetic operations for one network.
///
/// **Statement.** With E elements of all trained matrices, m positions, J functions and T steps: dense weights take E
/// normals and 2 m E (1 + 2 J + 3 T) operations of products; lazy ones, on vectors of V elements in all, q = 1 + 2 J + 3 T
/// queries of V normals, each with products with the queries before it, 2 V q² operations. Every layer adds a few operations
/// for each element of each pass.
fn operations(settings: &Settings, network: &Network, load: Load) -> f64 {
    let (n, m) = (settings.width as f64, network.positions() as f64);
    let passes = 1.0 + 2.0 * load.functions(settings, network) as f64 + 3.0 * load.steps() as f64;
    let columns: f64 = network.matrix_columns().map(|columns| columns as f64).sum();
    let of_weights = match settings.method {
        Weights::Lazy => (columns + n * network.matrix_count() as f64) * m * passes * (NORMAL + 2.0 * passes),
        Weights::Dense | Weights::Auto => columns * n * (NORMAL + 2.0 * m * passes),
    };
    of_weights + network.operations() as f64 * n * m * passes * 5.0
}

/// Bytes as a message says them.
fn in_units(bytes: u128) -> String {
    let bytes = bytes as f64;
    let units = [(1u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(size, _)| bytes >= *size as f64);
    let (size, name) = unit.unwrap_or((1, "bytes"));
    format!("{} {name}", two_digits(bytes / size as f64))
}

/// Seconds as a message says them.
fn duration(seconds: f64) -> String {
    let days = seconds / 86_400.0;
    if days < 1.0 {
        return format!("{} hours", two_digits(seconds / 3_600.0));
    }
    if days < 1_000.0 { format!("{} days", two_digits(days)) } else { format!("{} years", two_digits(days / 365.0)) }
}

/// Two digits of an estimate.
fn two_digits(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.1}");
    }
    if value < 1e6 { format!("{value:.0}") } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_said_in_words() {
        assert_eq!(in_units(3 << 29), "1.5 GiB");
        assert_eq!(in_units(512), "512 bytes");
        assert_eq!(in_units(u128::MAX), "3.1e26 TiB");
        assert_eq!(duration(7_200.0), "2.0 hours");
        assert_eq!(duration(86_400.0 * 30.0), "30 days");
        assert_eq!(duration(86_400.0 * 365.0 * 3e9), "3.0e9 years");
    }
}
