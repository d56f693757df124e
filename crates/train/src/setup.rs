use std::sync::Arc;

use archscale_nets::layer::OutsideLayers;
use archscale_nets::{DeviceChoice, Machine};
use archscale_text::Refusal;

use crate::{Optimiser, Protocol, TrainError};

/// What a trainer runs with that no protocol names.
#[derive(Clone, Default)]
pub struct Setup {
    /// The optimiser, in place of the protocol's.
    pub optimiser: Option<Arc<dyn Optimiser>>,
    /// Where the tensors live, in the protocol's precision; the host's memory unless said otherwise.
    ///
    /// On one machine results are the same bit for bit; another machine may differ in the last digits.
    pub machine: Option<Machine>,
    /// The tensors of the operations from outside that the program reads, by name.
    pub outside: OutsideLayers,
}

impl Setup {
    pub(crate) fn machine_for(&self, protocol: &Protocol) -> Result<Machine, TrainError> {
        match &self.machine {
            None => Ok(Machine::open(DeviceChoice::Cpu, protocol.precision)?),
            Some(machine) if machine.precision() == protocol.precision => Ok(machine.clone()),
            Some(machine) => {
                let found = format!("{} for a protocol in {}", machine.precision(), protocol.precision);
                Err(Refusal::new("the machine's precision", found, "open the machine in the protocol's precision").into())
            }
        }
    }
}
