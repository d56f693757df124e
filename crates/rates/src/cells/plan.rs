use std::collections::BTreeSet;
use std::path::Path;

use archscale_data::Shape;
use archscale_files::is_absent;
use archscale_model::{Architecture, Network};
use archscale_train::{Budget, Objective, Protocol, SearchPlan};
use serde::Serialize;
use serde_json::Value;

use super::Recipe;
use crate::{RatesError, Sample};

/// Which cells are compared, and how they are trained.
///
/// The network of a cell is the cell between a stem and a readout of the mean over positions, with kernels of side
/// [`Plan::kernel`] for the 3×3 convolutions and poolings of the code, zero padding, and as many positions as the data have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Series or images, as [`archscale_data::Dataset::parse`] reads them; four fifths are trained on, the rest is tested
    /// on.
    pub data: String,
    /// The cells, `nas:CODE`.
    pub cells: Vec<String>,
    /// The cell whose learning rate is searched.
    pub base: String,
    /// Side of the kernels, odd.
    pub kernel: usize,
    /// The input field that laws assume.
    pub input: String,
    /// Training of every cell; `case` and the stem's channels are filled in.
    pub protocol: Protocol,
    /// The search for the base cell's rate; its seeds are its own.
    pub search: SearchPlan,
    /// The loss that the search makes smallest.
    pub objective: Objective,
    /// Seeds of the trained cells.
    pub seeds: Vec<u64>,
    /// The recipes, the reference first.
    pub recipes: Vec<Recipe>,
}

impl Default for Plan {
    /// MNIST-1D at width 16, twenty passes in batches of 32, three seeds, no cell yet. The base is a chain of three
    /// convolutions, the longest path that a cell may have.
    fn default() -> Self {
        Self {
            data: "mnist1d".into(),
            cells: Vec::new(),
            base: "nas:3_03_003".into(),
            kernel: 3,
            input: "smooth".into(),
            protocol: Protocol { width: 16, budget: Budget::Epochs(20), ..Protocol::default() },
            search: SearchPlan {
                lowest: 0.02,
                highest: 5.12,
                points: 9,
                extensions: 2,
                refinement: 1,
                window: 2,
                edge_halvings: 0,
                ..SearchPlan::default()
            },
            objective: Objective::LastPass,
            seeds: vec![1, 2, 3],
            recipes: Recipe::standard(),
        }
    }
}

impl Plan {
    /// The same with cells drawn uniformly from NAS-Bench-201: each has a path with a trained edge, and no two, nor any and
    /// the base, have the same graph when pooling counts as a skip and the kernels of side 1 as the others.
    ///
    /// # Errors
    /// More cells than there are, and a base that is no cell.
    pub fn with_sample(self, count: usize, seed: u64) -> Result<Self, RatesError> {
        let base = self.cell(&self.base)?;
        let graph = Architecture::parse(&format!("{base},pool=skip"))
            .map_err(|error| RatesError::Cells { place: format!("base '{base}'"), problem: error.to_string() })?;
        let mut taken = BTreeSet::from([graph.graph().edge_text()]);
        let sample = Sample::Nas { count, pooling: true, seed };
        let cells = sample
            .draw(&mut taken)
            .map_err(|problem| RatesError::Cells { place: format!("a sample of {count} cells"), problem })?;
        // How pooling is counted in a graph is no part of a cell's name.
        let bare = |cell: &String| cell.strip_suffix(",pool=skip").unwrap_or(cell).to_string();
        Ok(Self { cells: cells.iter().map(bare).collect(), ..self })
    }

    /// Whether a text is `nas:CODE`.
    fn cell<'a>(&self, text: &'a str) -> Result<&'a str, RatesError> {
        let text = text.trim();
        if text.starts_with("nas:") && !text.contains(',') {
            return Ok(text);
        }
        Err(RatesError::Cells {
            place: format!("cell '{text}'"),
            problem: "it is no cell of NAS-Bench-201; write nas:3_03_003".into(),
        })
    }

    /// The network of a cell over data of this shape.
    pub(crate) fn network(&self, cell: &str, shape: &Shape) -> Result<Network, RatesError> {
        let cell = self.cell(cell)?;
        if shape.sides().is_empty() {
            return Err(RatesError::Cells {
                place: format!("data '{}'", self.data),
                problem: "its samples have no positions to convolve over; take mnist1d, digits or images".into(),
            });
        }
        let sides: Vec<String> = shape.sides().iter().map(ToString::to_string).collect();
        let text = format!(
            "conv:dims={},size={},kernel={},padding=zero,readout=gap,input={},net={cell}",
            sides.len(),
            sides.join("x"),
            self.kernel,
            self.input
        );
        Network::parse(&text)
            .map_err(|error| RatesError::Cells { place: format!("cell '{cell}'"), problem: error.to_string() })
    }

    /// Whether this is the comparison whose plan stands in a file, with other cells, seeds or recipes at most; without a
    /// file it is.
    pub(crate) fn goes_on(&self, file: &Path) -> Result<(), RatesError> {
        let bytes = match std::fs::read(file) {
            Err(error) if is_absent(&error) => return Ok(()),
            read => read.map_err(|error| RatesError::file(file, error))?,
        };
        let found: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let own = serde_json::to_value(self)?;
        if !found.as_object().is_some_and(|fields| own.as_object().is_some_and(|own| own.keys().eq(fields.keys()))) {
            return Err(RatesError::file(
                file,
                "it is no plan of `maxlr cells` and stays as it is; move it, or give another folder",
            ));
        }
        let kept = ["data", "base", "kernel", "input", "protocol", "search", "objective"];
        match kept.iter().find(|name| found[**name] != own[**name]) {
            None => Ok(()),
            Some(name) => {
                let problem = format!(
                    "the folder holds a comparison of other {name} ({} there, {} here); give another folder",
                    found[*name], own[*name]
                );
                Err(RatesError::file(file, problem))
            }
        }
    }

    /// Refuses what cannot be compared.
    pub(crate) fn check(&self) -> Result<(), RatesError> {
        let refuse = |place: &str, problem: &str| Err(RatesError::Cells { place: place.into(), problem: problem.into() });
        let distinct = |list: &[&str]| list.iter().collect::<BTreeSet<_>>().len() == list.len();
        if self.cells.len() < 2 || !distinct(&self.cells.iter().map(String::as_str).collect::<Vec<_>>()) {
            return refuse("cells", "give at least two, all different");
        }
        if self.seeds.is_empty() || self.seeds.iter().collect::<BTreeSet<_>>().len() < self.seeds.len() {
            return refuse("seeds", "give at least one, all different");
        }
        let names: Vec<&str> = self.recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        if names.is_empty() || !distinct(&names) {
            return refuse("recipes", "give at least one, all of different names");
        }
        if self.protocol.width > u32::MAX as usize {
            return refuse("width", "it is beyond what weights can be drawn for");
        }
        Ok(())
    }
}
