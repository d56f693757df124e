//! Families of networks: within one, a tuned rate says something of another's.

use archscale_model::{ConvNetwork, Network};

/// In what two networks differ that a ratio of rates does not bridge: nothing within one family.
pub(super) fn differences(base: &Network, target: &Network) -> Vec<String> {
    let mut found = Vec::new();
    match (base, target) {
        (Network::Images(base), Network::Images(target)) => found.extend(of_images(base, target)),
        (Network::Vectors(_), Network::Vectors(_)) => {}
        (Network::Images(_), _) => found.push("the base is over images and this network over vectors".into()),
        (Network::Vectors(_), _) => found.push("the base is over vectors and this network over images".into()),
    }
    match (base.graph().has_skips(), target.graph().has_skips()) {
        (true, false) => found.push("the base has skips and this network none".into()),
        (false, true) => found.push("this network has skips and the base none".into()),
        _ => {}
    }
    found
}

fn compare(what: &str, base: String, target: String) -> Option<String> {
    (base != target).then(|| format!("{what} {base} in the base and {target} here"))
}

fn of_images(base: &ConvNetwork, target: &ConvNetwork) -> impl Iterator<Item = String> {
    [
        compare("the kernel's side is", base.kernel().to_string(), target.kernel().to_string()),
        compare("the image's dimensions are", base.grid().dims().to_string(), target.grid().dims().to_string()),
        compare("the padding is", base.grid().padding().to_string(), target.grid().padding().to_string()),
        compare("the readout of positions is", base.readout().to_string(), target.readout().to_string()),
    ]
    .into_iter()
    .flatten()
}
