//! The same estimates on every device that this build and this machine have, in every precision that it has, against the processor in
//! double precision: all methods, readouts and kinds of operation. `devices.rs` has the tight bounds, on one kind of network.
//!
//! Random numbers are drawn on the host, so all have the same networks to compare and nothing here is left to chance.
use archscale_model::{Activation, Architecture, ConvNetwork, InitRule, Lowering, Program};
use archscale_sim::{DeviceChoice, Precision, Readout, Settings, StreamKey, Weights, simulate};

/// Devices and precisions that open; the processor comes first, in double precision.
fn machines() -> Vec<(DeviceChoice, Precision)> {
    let precisions = [Precision::F64, Precision::F32];
    let devices = [DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Metal];
    let all = devices.into_iter().flat_map(|device| precisions.map(|precision| (device, precision)));
    let present: Vec<_> = all.filter(|(device, precision)| device.open(*precision).is_ok()).collect();
    let names: Vec<String> = present.iter().map(|(device, precision)| format!("{device} in {precision}")).collect();
    println!("devices covered: {}", names.join(", "));
    assert_eq!(present[..2], [(DeviceChoice::Cpu, Precision::F64), (DeviceChoice::Cpu, Precision::F32)]);
    present
}

fn chain(depth: usize) -> Program {
    Architecture::parse(&format!("chain:{depth}")).unwrap().graph().lower(InitRule::Target).unwrap()
}

/// What is estimated from the same networks, in every method and readout, for operations of every kind, agrees to half of the digits.
///
/// That is the bound κ ε for conditions κ up to ε^(−1/2): a lazy query's new direction is known to ε over the sine of its angle to the
/// earlier ones, which no fixed multiple of ε bounds. Activations are smooth but over the image, where a gate that a device's rounding
/// turns would show; the chance is about 10⁻³ for each device, once and for all, since nothing is drawn anew.
#[test]
fn estimates_are_the_same_to_half_of_the_digits() {
    let how = |name: &str| Lowering::new(InitRule::Target).with_activation(Activation::parse(name).unwrap());
    let complete = Architecture::parse("complete:3").unwrap();
    let image = ConvNetwork::parse("conv:depth=2,kernel=3,size=6,padding=zero,readout=flatten,input=smooth").unwrap();
    let programs = [
        ("gelu", complete.graph().lower_with(&how("gelu")).unwrap(), 16, 40),
        ("tanh", chain(2), 64, 3),
        ("image", image.lower(&Lowering::new(InitRule::Target)).unwrap(), 6, 8),
    ];
    let (machines, mut compared) = (machines(), 0);
    for (name, program, width, samples) in &programs {
        for method in [Weights::Dense, Weights::Lazy] {
            for readout in [Readout::Sampled, Readout::Projected, Readout::Integrated] {
                // As many columns as a lazy matrix has: slow, and nothing that two columns do not show.
                if (method, readout) == (Weights::Lazy, Readout::Integrated) {
                    continue;
                }
                let key = StreamKey::new("sim devices", *name, 1);
                let settings = Settings { method, readout, ..Settings::new(*width, *samples, key) };
                let run = |(device, precision): (DeviceChoice, Precision)| {
                    let settings = Settings { device, precision, ..settings.clone() };
                    simulate(program, &settings, &|_| ()).unwrap().nodes
                };
                let expected = run(machines[0]);
                for &machine in &machines[1..] {
                    let epsilon = if machine.1 == Precision::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
                    let allowed = epsilon.sqrt();
                    for (found, expected) in run(machine).iter().zip(&expected) {
                        let pairs = [
                            (&found.second_moment, &expected.second_moment),
                            (&found.a, &expected.a),
                            (&found.b, &expected.b),
                            (&found.squared_change, &expected.squared_change),
                        ];
                        for (found, expected) in pairs {
                            let off = (found.mean() / expected.mean() - 1.0).abs();
                            assert!(off < allowed, "{name} {method} {readout}, {machine:?}: off by {off} of {expected:?}");
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(compared >= 5 * 4 * (3 + 2 + 2), "{compared}");
}
