//! Network-steps per second of the trainer, one number per line: `steps NETWORKS DEPTH WIDTH BATCH STEPS REPEATS`.
//!
//! `scripts/trainer_vs_torch.py` sets it beside PyTorch. Threads are those of `RAYON_NUM_THREADS`.

use std::sync::Arc;
use std::time::Instant;

use archscale_model::{Architecture, InitRule};
use archscale_train::{Budget, Member, Protocol, Samples, Trainer};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FEATURES: usize = 64;
const CLASSES: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [networks, depth, width, batch, steps, repeats] = numbers[..] else {
        return Err("give NETWORKS DEPTH WIDTH BATCH STEPS REPEATS".into());
    };
    let program = Architecture::parse(&format!("chain:{depth}"))?.graph().lower(InitRule::Target)?;
    let labels: Vec<u32> = (0..1024).map(|k| k % CLASSES).collect();
    let inputs = (0..1024 * FEATURES).map(|k| ((k as f64 * 0.7371).sin() * 1.4) as f32).collect();
    let samples = Arc::new(Samples::classified(inputs, FEATURES, labels, CLASSES as usize)?);
    let protocol = Protocol { width, batch, budget: Budget::Steps(u64::MAX), ..Protocol::default() };
    // Small rates, so that no network is dropped on the way.
    let members: Vec<Member> = (0..networks).map(|k| Member { learning_rate: 1e-3, seed: k as u64 }).collect();
    let mut trainer = Trainer::new(&program, &samples, &protocol, &members)?;
    // The first round warms up caches and allocator.
    for round in 0..=repeats {
        let start = Instant::now();
        trainer.run(steps as u64, &|_| ())?;
        if round > 0 {
            println!("{}", (networks * steps) as f64 / start.elapsed().as_secs_f64());
        }
    }
    Ok(())
}
