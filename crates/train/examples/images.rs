//! Steps of many networks of convolutions per second: `images NETWORK WIDTH RATES SEEDS BATCH STEPS`, NETWORK as
//! `conv:depth=4,kernel=3,dims=2,size=8`.
//!
//! One line for each of three rounds: seconds, and network-steps per second. Threads are those of `RAYON_NUM_THREADS`.

use std::sync::Arc;
use std::time::Instant;

use archscale_model::{ConvNetwork, InitRule, Lowering};
use archscale_train::{Budget, Member, Protocol, Samples, Trainer};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SAMPLES: usize = 1024;
const CLASSES: u32 = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, numbers @ ..] = arguments.as_slice() else {
        return Err("give NETWORK WIDTH RATES SEEDS BATCH STEPS".into());
    };
    let numbers: Vec<usize> = numbers.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [width, rates, seeds, batch, steps] = numbers[..] else {
        return Err("give NETWORK WIDTH RATES SEEDS BATCH STEPS".into());
    };
    let network = ConvNetwork::parse(text)?;
    let program = network.lower(&Lowering::new(InitRule::Target))?;
    let features = network.grid().positions();
    let inputs = (0..SAMPLES * features).map(|k| ((k as f64 * 0.7371).sin() * 1.4) as f32).collect();
    let labels = (0..SAMPLES as u32).map(|k| k % CLASSES).collect();
    let samples = Arc::new(Samples::classified(inputs, features, labels, CLASSES as usize)?);
    let protocol = Protocol { width, batch, budget: Budget::Steps(u64::MAX), ..Protocol::default() };
    // Small rates, so that no network is dropped on the way.
    let member = |k: usize| Member { learning_rate: 1e-5 * 1.1f64.powi((k % rates) as i32), seed: (k / rates) as u64 };
    let members: Vec<Member> = (0..rates * seeds).map(member).collect();
    let mut trainer = Trainer::new(&program, &samples, &protocol, &members)?;
    for _ in 0..3 {
        let start = Instant::now();
        trainer.run(steps as u64, &|_| ())?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds:.3} s, {:.0} network-steps/s", (trainer.progress().running * steps) as f64 / seconds);
    }
    Ok(())
}
