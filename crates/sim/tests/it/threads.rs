//! Results do not depend on the number of threads, of the pool or of candle's matrix products.
use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering};
use archscale_sim::{Readout, Settings, StreamKey, Weights, gradient_step, kernel_sums, simulate};
use archscale_stats::Moments;

/// Marks the child process of the test below, which prints a digest.
const CHILD: &str = "ARCHSCALE_SIM_PRINT_DIGEST";

/// Two networks over images, of products in one thread and in several, by both orders of the product that moves a convolution along its
/// gradient (144 positions are more than twice 40 channels, 25 are not more than twice 20).
const IMAGES: [(&str, usize, u64); 2] = [
    ("conv:depth=2,kernel=3,size=25,padding=zero,readout=gap,input=smooth", 20, 30),
    ("conv:depth=2,kernel=3,dims=2,size=12,padding=zero,readout=single:7,input=iid", 40, 2),
];

/// Every bit of every moment of three kinds of run, dense and lazy, at widths whose products candle computes in one thread (below about 84
/// for square matrices) and in several, and whose elementwise operations it splits (65 536 entries).
fn digest() -> String {
    let mut text = String::new();
    let mut note = |name: &str, moments: &[&Moments]| {
        for m in moments {
            let bits = [m.mean(), m.variance(), m.skewness(), m.excess_kurtosis(), m.max_share()].map(f64::to_bits);
            text += &format!("{name} {} {bits:x?}\n", m.count());
        }
    };
    for (arch, width, samples) in [("complete:2", 3, 5000), ("chain:3", 16, 700), ("chain:2", 96, 9), ("chain:2", 300, 3)] {
        let program = Architecture::parse(arch).unwrap().graph().lower(InitRule::Target).unwrap();
        let settings = Settings::new(width, samples, StreamKey::new("sim threads", arch, 1));
        for readout in [Readout::Sampled, Readout::Integrated] {
            let settings = Settings { readout, ..settings.clone() };
            for node in simulate(&program, &settings, &|_| ()).unwrap().nodes {
                note(arch, &[&node.second_moment, &node.a, &node.b, &node.squared_change]);
            }
        }
        for readout in [Readout::Sampled, Readout::Projected] {
            let settings = Settings { readout, method: Weights::Lazy, ..settings.clone() };
            for node in simulate(&program, &settings, &|_| ()).unwrap().nodes {
                note(arch, &[&node.second_moment, &node.a, &node.b, &node.squared_change]);
            }
        }
        let lazy = Settings { method: Weights::Lazy, ..settings.clone() };
        let step = gradient_step(&program, &lazy, 1e-3, &|_| ()).unwrap();
        note(arch, &[&step.jumps, &step.nodes[1].squared_quotient, &step.nodes[1].squared_distance]);
        let sums = kernel_sums(&program, 1, &settings, &|_| ()).unwrap();
        note(arch, &[&sums.s, &sums.b, &sums.b_tilde, &sums.c, &sums.c_tilde, &sums.d, &sums.e]);
        let step = gradient_step(&program, &settings, 1e-3, &|_| ()).unwrap();
        note(arch, &[&step.jumps, &step.nodes[1].squared_quotient, &step.nodes[1].squared_distance]);
    }
    for (text, width, samples) in IMAGES {
        let program = ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
        let settings = Settings::new(width, samples, StreamKey::new("sim threads", text, 1));
        for readout in [Readout::Sampled, Readout::Integrated] {
            let settings = Settings { readout, ..settings.clone() };
            for node in simulate(&program, &settings, &|_| ()).unwrap().nodes {
                note(text, &[&node.second_moment, &node.a, &node.b, &node.squared_change]);
                let positions = node.per_position.iter();
                let sums =
                    positions.fold(Moments::new(), |sum, estimate| sum.merge(&estimate.a).merge(&estimate.second_moment));
                note(text, &[&sums]);
            }
        }
        let step = gradient_step(&program, &settings, 1e-3, &|_| ()).unwrap();
        note(text, &[&step.jumps, &step.nodes[1].squared_quotient, &step.nodes[1].squared_distance]);
    }
    text
}

#[test]
fn pools_of_one_two_and_eight_threads_agree_bit_for_bit() {
    let digests = [1, 2, 8].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(digest)
    });
    assert_eq!(digests[0].lines().count(), 4 * 4 * (2 + 3 + 2 + 2) + 4 * (7 + 3 + 3) + 2 * (2 * 2 * 5 + 3));
    assert_eq!(digests[0], digests[1]);
    assert_eq!(digests[0], digests[2]);
}

/// Candle splits large products over as many threads as this variable says, read once per process; so each count is a process.
#[test]
fn products_split_over_one_and_eight_threads_agree_bit_for_bit() {
    if std::env::var_os(CHILD).is_some() {
        println!("digest begins\n{}digest ends", digest());
        return;
    }
    let digests = ["1", "8"].map(|threads| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                concat!(module_path!(), "::products_split_over_one_and_eight_threads_agree_bit_for_bit")
                    .split_once("::")
                    .unwrap()
                    .1,
                "--nocapture",
                "--test-threads=1",
            ])
            .envs([("RAYON_NUM_THREADS", threads), (CHILD, "1")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, after) = text.split_once("digest begins\n").unwrap();
        after.split_once("digest ends").unwrap().0.to_owned()
    });
    assert!(digests[0].lines().count() > 100);
    assert_eq!(digests[0], digests[1]);
}

/// The memory limit bounds how many blocks run at once and changes no bit.
#[test]
fn the_memory_limit_changes_no_bit() {
    let program = Architecture::parse("chain:2").unwrap().graph().lower(InitRule::Target).unwrap();
    let settings = Settings::new(8, 5000, StreamKey::new("sim threads", "memory", 1));
    let tight = Settings { memory_limit: 3_000_000, ..settings.clone() };
    assert_eq!(simulate(&program, &settings, &|_| ()).unwrap(), simulate(&program, &tight, &|_| ()).unwrap());
}
