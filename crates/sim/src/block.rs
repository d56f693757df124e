use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::{Machine, Network, Networks, Spare};

use crate::load::{Load, checked};
use crate::{Settings, SimError};

/// The networks of replicate `replicate`, a full block of them: those that every estimator draws with these settings.
///
/// # Errors
/// Settings out of their domain, too little memory, a device that cannot be used, an operation without a rule.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Settings, StreamKey, block};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let networks = block(&program, &Settings::new(4, 10, StreamKey::new("doc", "chain:2", 1)), 0)?;
/// assert_eq!(networks.value(program.nodes()[0].op).dims(), [10, 4, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn block(program: &Program, settings: &Settings, replicate: u64) -> Result<Networks, SimError> {
    settings.check()?;
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    // One block is drawn, however many networks the settings count.
    let settings = &settings.chosen(&network, Load::Functions(1));
    checked(&Settings { samples: 1, ..settings.clone() }, &network, Load::Functions(1))?;
    settings.draw(&network, replicate, &Machine::open(settings.device, settings.precision)?, &Spare::default())
}
