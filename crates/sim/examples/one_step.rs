//! Cost of simulating one gradient step, as a line of JSON: `one_step ARCH WIDTH NETWORKS METHOD READOUT PRECISION SEED`.
//!
//! `scripts/simulator_vs_peers.py` sets it beside other programs. Mean and variance over networks are those of the squared change
//! at the last vertex; threads are those of `RAYON_NUM_THREADS`. Processor time and the peak of memory are read from procfs, and
//! absent where there is none.

use std::time::Instant;

use archscale_model::{Architecture, InitRule};
use archscale_sim::{Readout, Settings, StreamKey, simulate};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nanoseconds that all threads of this process have run.
fn processor_time() -> Option<u64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let of_task = |path: std::path::PathBuf| -> Option<u64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    tasks.map(|task| of_task(task.ok()?.path())).sum()
}

/// The most memory that this process has held, in KiB.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [architecture, width, networks, method, readout, precision, seed] = &arguments[..] else {
        return Err("give ARCH WIDTH NETWORKS METHOD READOUT PRECISION SEED".into());
    };
    let program = Architecture::parse(architecture)?.graph().lower(InitRule::Target)?;
    let readout = match readout.as_str() {
        "sampled" => Readout::Sampled,
        "projected" => Readout::Projected,
        "integrated" => Readout::Integrated,
        _ => return Err("READOUT is sampled, projected or integrated".into()),
    };
    let key = StreamKey::new("one-step", architecture.as_str(), seed.parse()?);
    let settings = Settings {
        method: method.parse()?,
        readout,
        precision: precision.parse()?,
        ..Settings::new(width.parse()?, networks.parse()?, key)
    };
    // Starts the threads and takes the memory, whose first touch would else count: a network of another key.
    let other = StreamKey::new("one-step", "before the clock", 0);
    simulate(&program, &Settings { samples: 1, key: other, ..settings.clone() }, &|_| ())?;
    let (start, before) = (Instant::now(), processor_time());
    let simulation = simulate(&program, &settings, &|_| ())?;
    let (seconds, after) = (start.elapsed().as_secs_f64(), processor_time());
    let last = simulation.nodes.last().ok_or("the architecture reports no vertex")?;
    let show = |number: Option<f64>| number.map_or("null".into(), |number| format!("{number:e}"));
    println!(
        r#"{{"networks": {}, "seconds": {}, "processor_seconds": {}, "mean": {}, "variance": {}, "peak_kib": {}}}"#,
        settings.samples,
        show(Some(seconds)),
        show(before.zip(after).map(|(before, after)| (after - before) as f64 * 1e-9)),
        show(Some(last.squared_change.mean())),
        show(Some(last.squared_change.variance()).filter(|variance| variance.is_finite())),
        peak_memory().map_or("null".into(), |kib| kib.to_string()),
    );
    Ok(())
}
