use std::fmt;

use crate::error::{is_break, shown};
use crate::notations::{broken, nas, stem};
use crate::{
    Architecture, CellCode, Edge, Gain, Grid, Image, InputModel, Lowering, ModelError, Padding, Pooling, PositionReadout,
    Program, did_you_mean,
};

/// The grammar of [`ConvNetwork::parse`], for help texts.
const GRAMMAR: &str = "conv:depth=4,kernel=3,dims=2,size=8[x8],padding=circular|zero,readout=gap|flatten|single[:P],\
                       input=constant|iid|mix:c|smooth[:l]|spectrum[:a]|file:PATH,channels=many|N,net=ARCHITECTURE";

/// Options of convolutions elsewhere, and what they ask for.
const NOT_COVERED: [(&str, &str); 6] = [
    ("stride", "strides are"),
    ("dilation", "dilation is"),
    ("groups", "groups of channels are"),
    ("bias", "biases are"),
    ("norm", "normalisation is"),
    ("pool", "pooling outside a cell is"),
];

const NOT_COVERED_MEND: &str =
    "every convolution has stride 1 and no bias: leave the option out, and take as size that of the image in most layers";

/// A network of convolutions over an image, as a user wrote it.
///
/// Every vertex is a field of n channels over the positions of one grid; every trained edge is a convolution of stride 1 and one kernel
/// side k, with weights N(0, C/(q n)), q = k^dims taps. In a cell of NAS-Bench-201 the operation of an edge says more: kernel 1, kernel
/// k, or average pooling of side k over the positions inside the image.
///
/// ```
/// use archscale_model::{ConvNetwork, InitRule, Lowering};
/// let network = ConvNetwork::parse("conv:depth=4,kernel=3,dims=2,size=8,padding=zero,readout=gap,input=iid")?;
/// assert_eq!(network.grid().positions(), 64);
/// let program = network.lower(&Lowering::new(InitRule::Target))?;
/// assert_eq!(program.nodes().len(), 4);
/// assert!(ConvNetwork::parse("conv:depth=4,kernel=4").is_err());
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConvNetwork {
    architecture: Architecture,
    cell: Option<CellCode>,
    /// Vertices in front of node 0 of a cell: the input, and with a stem the input of the network without it.
    before_cell: usize,
    grid: Grid,
    kernel: usize,
    readout: PositionReadout,
    input: InputModel,
    channels: Option<usize>,
}

/// What an edge of a network of convolutions carries over positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeMap {
    /// A kernel of this side; meaningful for trained edges.
    Kernel(usize),
    /// Average pooling of this side in place of a skip.
    Pool(usize),
}

impl ConvNetwork {
    /// The word before the colon.
    pub const KEYWORD: &'static str = "conv";

    /// The grammar, for help texts.
    pub const GRAMMAR: &'static str = GRAMMAR;

    /// One sentence on what it describes, for help texts.
    pub const HELP: &'static str =
        "a network of convolutions: a chain of that depth, or any other architecture (net= comes last)";

    /// Reads `conv:key=value,…`.
    ///
    /// Keys and their defaults: `depth=4` or `net=ARCHITECTURE` (any graph; `net` comes last and takes the rest of the text), `kernel=3`,
    /// `dims=1`, `size=8` (or `8x6`), `padding=circular`, `readout=gap`, `input=iid`, `channels=many`.
    ///
    /// # Errors
    /// Unknown, repeated or malformed keys, even kernels, kernels larger than the image, input fields that do not exist.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let text = text.trim();
        let malformed = |problem: String, mend: String| ModelError::Malformed {
            notation: Self::KEYWORD,
            problem,
            place: format!("'{}'", shown(text)),
            mend,
        };
        if text.contains(is_break) {
            return Err(broken(text));
        }
        let Some(rest) = text.strip_prefix("conv").and_then(|rest| rest.strip_prefix(':').or(rest.is_empty().then_some("")))
        else {
            return Err(malformed("it does not begin with conv:".into(), format!("write {GRAMMAR}")));
        };
        let (rest, net) = match rest.strip_prefix("net=").map(|net| ("", net)).or_else(|| rest.split_once(",net=")) {
            Some((rest, net)) => (rest, Some(net)),
            None => (rest, None),
        };
        let mut values: Vec<(&str, &str)> = Vec::new();
        for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let known = ["depth", "kernel", "dims", "size", "padding", "readout", "input", "channels"];
            let Some((key, value)) = part.split_once('=').filter(|(key, _)| known.contains(key)) else {
                let key = part.split('=').next().unwrap_or_default();
                if let Some((_, what)) = NOT_COVERED.iter().find(|(name, _)| *name == key) {
                    return Err(malformed(format!("{what} not covered: '{}'", shown(part)), NOT_COVERED_MEND.into()));
                }
                let (list, meant) = (known.join("=…, "), did_you_mean(key, known.into_iter().chain(["net"])));
                let mend = format!("options are {list}=… and, last, net=…");
                return Err(malformed(format!("unknown option '{}'{meant}", shown(part)), mend));
            };
            if values.iter().any(|&(earlier, _)| earlier == key) {
                return Err(malformed(format!("option '{key}' twice"), "give each option at most once".into()));
            }
            values.push((key, value));
        }
        let value = |key: &str| values.iter().find(|&&(found, _)| found == key).map(|&(_, value)| value);
        let number = |key: &str, default: usize| match value(key) {
            None => Ok(default),
            Some(text) => text.parse::<usize>().map_err(|_| {
                malformed(format!("{key} '{}' is not a whole number", shown(text)), format!("write {key}=3, say"))
            }),
        };
        let size = value("size").unwrap_or("8");
        let sides: Vec<usize> = size
            .split('x')
            .map(|side| {
                side.parse().map_err(|_| malformed(format!("size '{}'", shown(size)), "write size=8 or size=8x6".into()))
            })
            .collect::<Result<_, _>>()?;
        let sides = match (value("dims"), sides.as_slice()) {
            (None, _) => sides,
            (Some("1"), [side]) => vec![*side],
            (Some("2"), [side]) => vec![*side; 2],
            (Some("2"), [_, _]) => sides,
            (Some(dims), _) => {
                return Err(malformed(
                    format!("dims={} does not fit size={}", shown(dims), shown(size)),
                    "dims is 1 or 2, and a size such as 8x6 has two dimensions".into(),
                ));
            }
        };
        let grid = Grid::new(sides, value("padding").map_or(Ok(Padding::Circular), str::parse)?)?;
        let kernel = number("kernel", 3)?;
        grid.tap_count(kernel)?;
        let readout = value("readout").map_or(Ok(PositionReadout::Average), PositionReadout::parse)?;
        if let PositionReadout::Single(at) = readout
            && at >= grid.positions()
        {
            let mend = format!("positions of an image of {grid} are 0 to {}", grid.positions() - 1);
            return Err(malformed(format!("readout position {at}"), mend));
        }
        let channels = match value("channels") {
            None | Some("many") => None,
            Some(_) => Some(number("channels", 0)?),
        };
        let input = InputModel::parse(value("input").unwrap_or("iid"))?;
        let (architecture, cell) = match (net, value("depth")) {
            (Some(_), Some(_)) => {
                return Err(malformed(
                    "both depth and net".into(),
                    "give depth for a chain, or net for another graph".into(),
                ));
            }
            (Some(net), None) => match stem::strip(net) {
                Some(inner) => {
                    let (inner, cell) = graph_of(inner)?;
                    (inner.with_stem()?, cell)
                }
                None => graph_of(net)?,
            },
            (None, _) => (Architecture::parse(&format!("chain:{}", number("depth", 4)?))?, None),
        };
        let before_cell = 1 + usize::from(architecture.has_stem());
        let network = Self { architecture, cell, before_cell, grid, kernel, readout, input, channels };
        network.image()?;
        Ok(network)
    }

    /// The graph of its vertices.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The positions.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The side k of its kernels.
    #[must_use]
    pub fn kernel(&self) -> usize {
        self.kernel
    }

    /// How the output reads the positions.
    #[must_use]
    pub fn readout(&self) -> PositionReadout {
        self.readout
    }

    /// The model of the input field.
    #[must_use]
    pub fn input(&self) -> &InputModel {
        &self.input
    }

    /// The same network with kernels of another side.
    ///
    /// # Errors
    /// Even kernels and kernels larger than the image.
    pub fn with_kernel(&self, kernel: usize) -> Result<Self, ModelError> {
        self.grid.tap_count(kernel)?;
        Ok(Self { kernel, ..self.clone() })
    }

    /// The same network with one more trained convolution in front, of the same kernel: [`crate::Graph::with_stem`].
    ///
    /// The input field is then what the stem reads; the operations of a cell stay on the edges that they were on.
    ///
    /// # Errors
    /// As [`Architecture::with_stem`].
    pub fn with_stem(&self) -> Result<Self, ModelError> {
        Ok(Self { architecture: self.architecture.with_stem()?, before_cell: self.before_cell + 1, ..self.clone() })
    }

    /// The same, where edges have gains of their own: [`crate::Graph::with_gains`].
    #[must_use]
    pub fn with_gains(&self, gain_of: impl FnMut(usize, Edge) -> Option<Gain>) -> Self {
        Self { architecture: self.architecture.with_gains(gain_of), ..self.clone() }
    }

    /// Its text with the graph as an edge list over indices, by which equal networks are recognised however they were written.
    ///
    /// The graph of a cell of NAS-Bench-201 stays its code, which says what its edges carry.
    #[must_use]
    pub fn edge_text(&self) -> String {
        if self.cell.is_some() { self.to_string() } else { self.text_on(&self.architecture.graph().edge_text()) }
    }

    /// Its text on this graph.
    fn text_on(&self, net: &str) -> String {
        let channels = self.channels.map_or_else(|| "many".into(), |channels| channels.to_string());
        let size = self.grid.sides().iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        format!(
            "conv:kernel={},dims={},size={size},padding={},readout={},input={},channels={channels},net={net}",
            self.kernel,
            self.grid.dims(),
            self.grid.padding(),
            self.readout,
            self.input,
        )
    }

    /// Its input field.
    ///
    /// # Errors
    /// As [`InputModel::image`].
    pub fn image(&self) -> Result<Image, ModelError> {
        self.input.image(&self.grid, self.channels)
    }

    /// q, the number of taps of the kernel of the trained edge between these vertices of the graph.
    ///
    /// # Errors
    /// Never for a network that was parsed.
    pub fn taps(&self, from: usize, to: usize) -> Result<usize, ModelError> {
        let (EdgeMap::Kernel(kernel) | EdgeMap::Pool(kernel)) = self.edge_map(from, to);
        self.grid.tap_count(kernel)
    }

    /// What a user should know of how the network was read.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let Some(cell) = self.cell else { return self.architecture.graph().warnings().to_vec() };
        let mut notes =
            vec!["batch normalisation, strides and the doubling of channels are outside the theory and left out".into()];
        if cell.has_pooling() {
            notes.push("average pooling divides by the number of positions inside the image".into());
        }
        notes
    }

    /// The network as primitive operations; the convention must be pre-activation or preact.
    ///
    /// # Errors
    /// As [`crate::Graph::lower_with`] and [`InputModel::image`].
    pub fn lower(&self, how: &Lowering) -> Result<Program, ModelError> {
        self.architecture.graph().lower_over(how, self)
    }

    /// What the edge between these vertices of the graph carries.
    #[must_use]
    pub fn edge_map(&self, from: usize, to: usize) -> EdgeMap {
        let graph = self.architecture.graph();
        // The edges in front of the cell and the readout belong to no pair of the cell.
        let digit = match self.cell {
            Some(cell) if from >= self.before_cell && to < graph.output() => {
                // With a stem the vertices of the graph are numbered one higher than the nodes of the cell.
                let node = |v: usize| graph.id(v) + 1 - self.before_cell;
                Some(cell.digit(node(to), node(from)))
            }
            _ => None,
        };
        match digit.map(|digit| nas::OPERATIONS[usize::from(digit)]) {
            Some("nor_conv_1x1") => EdgeMap::Kernel(1),
            Some("avg_pool_3x3") => EdgeMap::Pool(self.kernel),
            _ => EdgeMap::Kernel(self.kernel),
        }
    }
}

/// The graph behind `net=`; a cell of NAS-Bench-201 keeps its code, so that pooling stays pooling.
fn graph_of(net: &str) -> Result<(Architecture, Option<CellCode>), ModelError> {
    let Some(code) = net.strip_prefix("nas:") else { return Ok((Architecture::parse(net)?, None)) };
    let code = nas::parse_code(nas::NOTATION.keyword, code)?;
    // Pooling is carried by the lowering; for the graph it is a skip.
    code.graph(Pooling::AsSkip)?;
    Ok((Architecture::parse(&code.architecture())?, Some(code)))
}

impl fmt::Display for ConvNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(cell) = self.cell else { return f.write_str(&self.text_on(self.architecture.text())) };
        let code = format!("nas:{cell}");
        f.write_str(&self.text_on(&if self.architecture.has_stem() { stem::text(&code) } else { code }))
    }
}
