//! A trainer's state on disk.
//!
//! A file is one line that names format and version, one line of JSON (the header), the matrices as little-endian numbers in
//! the order that the header implies (those of a block, each with the optimiser's slots), and the SHA-256 of all of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use archscale_model::Program;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::optimiser::Parameter;
use crate::{History, Member, Protocol, Samples, Status, TrainError, Trainer};

/// What every file starts with, before its version.
const NAME: &str = "archscale training checkpoint ";
const VERSION: &str = "2";
const HASH_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
struct Header {
    /// [`Trainer::digest`].
    digest: String,
    step: u64,
    networks: Vec<NetworkHeader>,
}

/// A network's history; numbers as their bits, because decimal text would not bring all of them back.
#[derive(Serialize, Deserialize)]
struct NetworkHeader {
    status: Status,
    first_loss: Option<u64>,
    last_loss: Option<u64>,
    epoch_losses: Vec<u64>,
    epoch_sum: u64,
}

impl From<&History> for NetworkHeader {
    fn from(history: &History) -> Self {
        Self {
            status: history.status,
            first_loss: history.first_loss.map(f64::to_bits),
            last_loss: history.last_loss.map(f64::to_bits),
            epoch_losses: history.epoch_losses.iter().map(|loss| loss.to_bits()).collect(),
            epoch_sum: history.epoch_sum.to_bits(),
        }
    }
}

impl From<NetworkHeader> for History {
    fn from(header: NetworkHeader) -> Self {
        Self {
            status: header.status,
            first_loss: header.first_loss.map(f64::from_bits),
            last_loss: header.last_loss.map(f64::from_bits),
            epoch_losses: header.epoch_losses.into_iter().map(f64::from_bits).collect(),
            epoch_sum: f64::from_bits(header.epoch_sum),
        }
    }
}

impl Trainer {
    /// Writes the state to a file, in one move: an interruption leaves the old file or the new one.
    ///
    /// # Errors
    /// [`TrainError::File`] when the file cannot be written, a failed tensor operation.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let networks = self.histories().map(NetworkHeader::from).collect();
        let header = Header { digest: self.digest().into(), step: self.step, networks };
        let mut bytes = format!("{NAME}{VERSION}\n{}\n", serde_json::to_string(&header)?).into_bytes();
        for tensor in self.blocks.iter().flat_map(|block| &block.parameters).flat_map(Parameter::tensors) {
            append(&mut bytes, tensor)?;
        }
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let failed = |source| TrainError::File { path: path.into(), source };
        fs::write(&beside, bytes).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// The trainer that [`Trainer::save`] wrote, which continues to the same bits as if it had not been interrupted.
    ///
    /// # Errors
    /// Those of [`Trainer::new`]; [`TrainError::File`] when the file cannot be read, [`TrainError::Checkpoint`] when it is
    /// none, is truncated or altered, has another version, or was written for another program, protocol, samples or
    /// networks.
    pub fn restore(
        program: &Program,
        samples: &Arc<Samples>,
        protocol: &Protocol,
        members: &[Member],
        path: &Path,
    ) -> Result<Self, TrainError> {
        Self::new(program, samples, protocol, members)?.resume(path)
    }

    /// The state that [`Trainer::save`] wrote in place of its own, also under an optimiser that no protocol names.
    ///
    /// # Errors
    /// As [`Trainer::restore`].
    pub fn resume(mut self, path: &Path) -> Result<Self, TrainError> {
        let bytes = fs::read(path).map_err(|source| TrainError::File { path: path.into(), source })?;
        self.load(&bytes).map_err(|problem| match problem {
            Problem::File(problem) => TrainError::Checkpoint { path: path.into(), problem },
            Problem::Other(error) => error,
        })?;
        Ok(self)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let (header, mut numbers) = parse(bytes)?;
        if header.digest != self.digest() {
            return Err(Problem::File(
                "it was written for another program, protocol, data set or set of networks; give those it was written for, or \
                 remove the file to start anew"
                    .into(),
            ));
        }
        if header.networks.len() != self.members().len() || header.step > self.run.steps {
            return Err(damaged());
        }
        self.step = header.step;
        let mut networks = header.networks.into_iter();
        for block in &mut self.blocks {
            for history in &mut block.histories {
                *history = networks.next().ok_or_else(damaged)?.into();
            }
            block.drop_diverged()?;
            for tensor in block.parameters.iter_mut().flat_map(Parameter::tensors_mut) {
                *tensor = take(&mut numbers, tensor)?;
            }
        }
        if numbers.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

/// What can go wrong with a file's contents, before its name is known.
enum Problem {
    File(String),
    Other(TrainError),
}

impl From<TrainError> for Problem {
    fn from(error: TrainError) -> Self {
        Self::Other(error)
    }
}

impl From<candle_core::Error> for Problem {
    fn from(error: candle_core::Error) -> Self {
        Self::Other(error.into())
    }
}

fn damaged() -> Problem {
    Problem::File("its contents do not fit its header; remove the file to start anew".into())
}

/// Header and numbers of a file whose hash is right.
fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), Problem> {
    let Some(rest) = bytes.strip_prefix(NAME.as_bytes()) else {
        return Err(Problem::File(format!("it is no checkpoint: it does not start with '{}'", NAME.trim_end())));
    };
    let truncated = || Problem::File("it is truncated or altered: its hash is wrong; remove the file to start anew".into());
    let (version, rest) = line(rest).ok_or_else(truncated)?;
    if version != VERSION.as_bytes() {
        let found = String::from_utf8_lossy(version);
        return Err(Problem::File(format!(
            "its format has version {found}, and this build reads version {VERSION}; finish it with the build that wrote it, or \
             remove the file to start anew"
        )));
    }
    let whole = bytes.len().checked_sub(HASH_BYTES).ok_or_else(truncated)?;
    if Sha256::digest(&bytes[..whole])[..] != bytes[whole..] {
        return Err(truncated());
    }
    let (header, numbers) = line(&rest[..rest.len() - HASH_BYTES]).ok_or_else(damaged)?;
    Ok((serde_json::from_slice(header).map_err(|_| damaged())?, numbers))
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn append(bytes: &mut Vec<u8>, tensor: &Tensor) -> Result<(), TrainError> {
    let flat = tensor.flatten_all()?;
    match flat.dtype() {
        DType::F64 => flat.to_vec1::<f64>()?.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes())),
        _ => flat.to_vec1::<f32>()?.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes())),
    }
    Ok(())
}

/// The next tensor of a file, shaped as `like`.
fn take(numbers: &mut &[u8], like: &Tensor) -> Result<Tensor, Problem> {
    let size = like.elem_count() * like.dtype().size_in_bytes();
    let (own, rest) = numbers.split_at_checked(size).ok_or_else(damaged)?;
    *numbers = rest;
    Ok(match like.dtype() {
        DType::F64 => {
            let (numbers, _) = own.as_chunks::<8>();
            let numbers: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
            Tensor::from_vec(numbers, like.shape(), like.device())?
        }
        _ => {
            let (numbers, _) = own.as_chunks::<4>();
            let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Tensor::from_vec(numbers, like.shape(), like.device())?
        }
    })
}
