//! Files that are no text, by the bytes that their formats begin with.

use serde_json::Value;

use super::Form;

/// For what holds weights, or a traced program, rather than a graph of the kind read here.
const GRAPH: &str = "write the graph of its layers as edges, for instance edges:0-1,1-2,1-3s,2-3,3-4 or a file {\"edges\": [[0, 1], [1, 2]]}";

pub(super) const FORMS: &[Form<[u8]>] = &[
    Form {
        name: "a checkpoint of PyTorch",
        mend: |bytes| (is_zip_of(bytes, "/data.pkl") || is_old_torch(bytes)).then(weights),
    },
    Form { name: "an archive of NumPy arrays", mend: |bytes| is_zip_of(bytes, ".npy").then(weights) },
    Form { name: "a NumPy array", mend: |bytes| bytes.starts_with(b"\x93NUMPY").then(weights) },
    Form { name: "a zip archive", mend: |bytes| bytes.starts_with(b"PK\x03\x04").then(unpack) },
    Form { name: "a compressed file", mend: |bytes| bytes.starts_with(b"\x1f\x8b").then(unpack) },
    Form {
        name: "an HDF5 file, as Keras saves weights",
        mend: |bytes| bytes.starts_with(b"\x89HDF\r\n\x1a\n").then(weights),
    },
    Form { name: "a safetensors file", mend: |bytes| is_safetensors(bytes).then(weights) },
    Form { name: "a Python pickle", mend: |bytes| is_pickle(bytes).then(pickled) },
    Form { name: "an ONNX model", mend: |bytes| is_onnx(bytes).then(|| GRAPH.into()) },
    Form { name: "a text in UTF-16", mend: |bytes| is_utf_16(bytes).then(|| "save it in UTF-8".into()) },
];

fn weights() -> String {
    format!("it holds weights, and an architecture is a graph: {GRAPH}")
}

fn unpack() -> String {
    "unpack it first, and give the file inside if that holds a graph".into()
}

fn pickled() -> String {
    format!("a pickle is a program, and none is run here: {GRAPH}")
}

/// A zip archive whose first member's name ends so.
fn is_zip_of(bytes: &[u8], end: &str) -> bool {
    let name = || {
        let length = u16::from_le_bytes([*bytes.get(26)?, *bytes.get(27)?]);
        bytes.get(30..30 + usize::from(length))
    };
    bytes.starts_with(b"PK\x03\x04") && name().is_some_and(|name| name.ends_with(end.as_bytes()))
}

/// The number with which PyTorch's first file format begins, pickled.
fn is_old_torch(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
}

/// Protocols 2 to 5 begin with their number and end with a stop.
fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, .., b'.'])
}

/// The length of a header, and the header: an object of tensors.
fn is_safetensors(bytes: &[u8]) -> bool {
    let header = || {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let Ok(Value::Object(tensors)) = serde_json::from_slice(rest.get(..length)?) else { return None };
        Some(tensors)
    };
    header().is_some_and(|tensors| {
        tensors.iter().all(|(name, tensor)| name == "__metadata__" || tensor.get("data_offsets").is_some())
    })
}

fn is_utf_16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// A message of protocol buffers throughout, with the fields of a model: 1 its version, 7 the graph, 8 the operator sets.
fn is_onnx(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut seen = Vec::new();
    while !rest.is_empty() {
        let Some((key, after)) = varint(rest) else { return false };
        let skipped = match key & 7 {
            0 => varint(after).map(|(_, after)| after),
            1 => after.get(8..),
            2 => varint(after).and_then(|(length, after)| after.get(usize::try_from(length).ok()?..)),
            5 => after.get(4..),
            _ => None,
        };
        let Some(skipped) = skipped else { return false };
        seen.push((key >> 3, key & 7));
        rest = skipped;
    }
    [(1, 0), (7, 2), (8, 2)].iter().all(|field| seen.contains(field))
}

/// A number in groups of seven bits, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}
