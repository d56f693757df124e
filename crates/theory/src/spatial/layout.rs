//! Reads a program over images into slots, linear forms and features, and refuses what the law does not cover.

use std::sync::Arc;

use archscale_model::ops::{Act, Pool};
use archscale_model::{Activation, ConvTerm, Grid, Image, Op, OpId, PositionReadout, Program, Scaled, Term};
use num_traits::Zero;

use super::map::{PositionMap, pooling};
use crate::TheoryError;

/// Name of the law in its error messages.
const LAW: &str = "the infinite-channel law";

/// Σ_b M_b g^b over slots, ascending.
pub(super) type Form<P> = Vec<(usize, P)>;

/// What a convolution reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// An image by its index: fixed, and a function of no slot.
    Image(usize),
    /// A feature by its index.
    Feature(usize),
}

/// One matrix of a convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub(super) gain: Scaled,
    pub(super) kernel: usize,
    pub(super) source: Source,
}

/// A field that enters convolutions or the readout: a form, or its ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    /// Index of z^e among the forms.
    pub(super) form: usize,
    /// Whether it is relu(z^e), and not z^e itself.
    pub(super) gated: bool,
}

/// An input field.
#[derive(Debug, Clone)]
pub(super) struct Picture<G> {
    /// Its Gram matrix, in the form that the route wants.
    pub(super) gram: G,
    /// c: the part of the gradient of the weights that read it, against other layers'; 0 for few channels.
    pub(super) share: f64,
}

/// A program whose every field is a linear form in Gaussian slots, or the ReLU of one.
#[derive(Debug, Clone)]
pub(super) struct Layout<P, G> {
    pub(super) grid: Grid,
    pub(super) positions: PositionReadout,
    pub(super) images: Vec<Picture<G>>,
    /// The matrices of each slot.
    pub(super) slots: Vec<Vec<Read>>,
    pub(super) forms: Vec<Form<P>>,
    /// Every feature is listed after the slots of its form and before those that read it.
    pub(super) features: Vec<Feature>,
    pub(super) readout: Vec<(Scaled, usize)>,
    /// The image of every edge from an image into the output.
    pub(super) read_images: Vec<usize>,
    /// Vertex number, operation and field of every reported vertex.
    pub(super) nodes: Vec<(usize, OpId, Feature)>,
}

impl<P, G> Layout<P, G> {
    /// For every slot, the features whose forms hold it.
    pub(super) fn readers(&self) -> Vec<Vec<usize>> {
        let mut readers = vec![Vec::new(); self.slots.len()];
        for (index, feature) in self.features.iter().enumerate() {
            self.forms[feature.form].iter().for_each(|&(slot, _)| readers[slot].push(index));
        }
        readers
    }

    /// Index of a gated feature.
    pub(super) fn gated(&self, field: Feature) -> Option<usize> {
        if field.gated { self.features.iter().position(|&known| known == field) } else { None }
    }

    /// How many features precede the use of each slot's matrices; at the end, all of them.
    pub(super) fn features_before(&self) -> Vec<usize> {
        let mut count = 0;
        let needed = |read: &Read| if let Source::Feature(feature) = read.source { feature + 1 } else { 0 };
        let mut before: Vec<usize> = Vec::with_capacity(self.slots.len() + 1);
        for reads in &self.slots {
            count = reads.iter().map(needed).fold(count, usize::max);
            before.push(count);
        }
        before.push(self.features.len());
        before
    }
}

impl Layout<PositionMap, Arc<Image>> {
    /// Reads a program.
    pub(super) fn new(program: &Program) -> Result<Self, TheoryError> {
        let Some(grid) = program.shared_grid()? else {
            return Err(TheoryError::network_out_of_domain(
                LAW,
                "a program over vectors",
                "begin it with an image, or ask for the infinite-width law of vectors",
            ));
        };
        let mut reader = Reader {
            layout: Self {
                grid: grid.clone(),
                positions: program.positions(),
                images: Vec::new(),
                slots: Vec::new(),
                forms: Vec::new(),
                features: Vec::new(),
                readout: Vec::new(),
                read_images: Vec::new(),
                nodes: Vec::new(),
            },
            fields: Vec::new(),
            program,
        };
        for (op, operation) in program.ops().iter().enumerate() {
            let field = reader.field(op, operation)?;
            reader.fields.push(field);
        }
        for term in program.readout() {
            let gain = Scaled::from(&term.gain);
            match reader.source(term.source) {
                Source::Feature(feature) => reader.layout.readout.push((gain, feature)),
                // What the output reads off an image itself passes through no hidden weight.
                Source::Image(image) => reader.layout.read_images.push(image),
            }
        }
        if reader.layout.slots.is_empty() {
            return Err(TheoryError::network_out_of_domain(
                LAW,
                "a program without a convolution",
                "there is nothing to train; add one",
            ));
        }
        for node in program.nodes() {
            let feature = match reader.fields[node.op] {
                Field::Image(_) => return Err(refuse(program, node.op, "a reported image", "an image does not change")),
                Field::Form(form) => Feature { form, gated: false },
                Field::Relu(form) => {
                    // A feature, whether or not anything reads it.
                    reader.source(node.op);
                    Feature { form, gated: true }
                }
            };
            reader.layout.nodes.push((node.id, node.op, feature));
        }
        Ok(reader.layout)
    }

    /// The same with numbers for maps, if there is no pooling.
    pub(super) fn unpooled<G>(&self, images: Vec<Picture<G>>) -> Option<Layout<f64, G>> {
        let scalar = |(slot, map): &(usize, PositionMap)| match map {
            PositionMap::Scale(scale) => Some((*slot, *scale)),
            PositionMap::Matrix(_) => None,
        };
        let forms = self.forms.iter().map(|form| form.iter().map(scalar).collect()).collect::<Option<Vec<_>>>()?;
        Some(self.with(forms, images))
    }

    /// The same structure with other maps and images.
    pub(super) fn with<P, G>(&self, forms: Vec<Form<P>>, images: Vec<Picture<G>>) -> Layout<P, G> {
        Layout {
            grid: self.grid.clone(),
            positions: self.positions,
            images,
            slots: self.slots.clone(),
            forms,
            features: self.features.clone(),
            readout: self.readout.clone(),
            read_images: self.read_images.clone(),
            nodes: self.nodes.clone(),
        }
    }

    /// Whether any field is pooled.
    pub(super) fn pools(&self) -> bool {
        self.forms.iter().flatten().any(|(_, map)| matches!(map, PositionMap::Matrix(_)))
    }
}

/// What an operation holds.
#[derive(Debug, Clone, Copy)]
enum Field {
    Image(usize),
    Form(usize),
    Relu(usize),
}

struct Reader<'p> {
    layout: Layout<PositionMap, Arc<Image>>,
    fields: Vec<Field>,
    program: &'p Program,
}

impl Reader<'_> {
    fn field(&mut self, op: OpId, operation: &Op) -> Result<Field, TheoryError> {
        Ok(match operation {
            Op::Image(archscale_model::ops::Image { field: image }) => {
                let share = f64::from(u8::from(image.channels().is_none()));
                self.layout.images.push(Picture { gram: Arc::clone(image), share });
                Field::Image(self.layout.images.len() - 1)
            }
            Op::Conv(conv) => {
                let reads = conv.terms.iter().map(|term| self.read(term)).collect();
                self.layout.slots.push(reads);
                self.push(vec![(self.layout.slots.len() - 1, PositionMap::Scale(1.0))])
            }
            Op::Act(Act { activation, source }) => match self.fields[*source] {
                Field::Image(_) => {
                    return Err(refuse(self.program, op, "a nonlinearity of the raw image", "put a convolution in between"));
                }
                field if *activation == Activation::LINEAR => field,
                Field::Form(form) if *activation == Activation::RELU => Field::Relu(form),
                Field::Relu(_) if *activation == Activation::RELU => {
                    return Err(refuse(self.program, op, "a ReLU of a ReLU", "put a convolution in between"));
                }
                _ => {
                    let found = format!("the activation {activation}");
                    return Err(refuse(
                        self.program,
                        op,
                        &found,
                        "it is known for relu; images have no law for other activations",
                    ));
                }
            },
            Op::Sum(sum) => self.sum(op, &sum.terms)?,
            Op::Pool(Pool { kernel, source, grid }) => {
                let form = self.linear(op, *source, "average pooling")?;
                let pool = pooling(grid, *kernel)
                    .map_err(|error| refuse(self.program, op, &error.to_string(), "use a kernel that fits the image"))?;
                let pooled = self.layout.forms[form].iter().map(|(slot, map)| (*slot, map.after(&pool))).collect();
                self.push(pooled)
            }
            other @ (Op::Input(_) | Op::Dense(_) | Op::Pointwise(_) | Op::Outside(_)) => {
                return Err(refuse(
                    self.program,
                    op,
                    &other.describe(),
                    "it covers image, conv, act, sum, pool and readout",
                ));
            }
        })
    }

    fn push(&mut self, form: Form<PositionMap>) -> Field {
        self.layout.forms.push(form);
        Field::Form(self.layout.forms.len() - 1)
    }

    /// The form behind an operation that must be linear in the slots.
    fn linear(&self, op: OpId, source: OpId, by: &str) -> Result<usize, TheoryError> {
        match self.fields[source] {
            Field::Form(form) => Ok(form),
            Field::Image(_) => Err(refuse(
                self.program,
                op,
                &format!("{by} of the raw image"),
                "an image enters convolutions only; put one in between",
            )),
            Field::Relu(_) => Err(refuse(
                self.program,
                op,
                &format!("{by} of activations"),
                "sums and pooling act on pre-activations here: use the pre-activation convention",
            )),
        }
    }

    fn sum(&mut self, op: OpId, terms: &[Term]) -> Result<Field, TheoryError> {
        let mut total: Form<PositionMap> = Vec::new();
        for term in terms {
            let form = self.linear(op, term.source, "a sum")?;
            let scale = multiplier(self.program, op, &term.gain)?;
            for (slot, map) in &self.layout.forms[form] {
                let scaled = map.scaled(scale);
                match total.iter_mut().find(|(other, _)| other == slot) {
                    Some((_, sum)) => *sum = sum.plus(&scaled),
                    None => total.push((*slot, scaled)),
                }
            }
        }
        total.retain(|(_, map)| !map.is_zero());
        total.sort_by_key(|&(slot, _)| slot);
        if total.iter().any(|(_, map)| !MULTIPLIERS.contains(&map.largest())) {
            return Err(extreme(self.program, op));
        }
        Ok(self.push(total))
    }

    fn read(&mut self, term: &ConvTerm) -> Read {
        Read { gain: Scaled::from(&term.gain), kernel: term.kernel, source: self.source(term.source) }
    }

    /// What a convolution or the readout reads at an operation; the feature is listed on first use.
    fn source(&mut self, op: OpId) -> Source {
        let feature = match self.fields[op] {
            Field::Image(image) => return Source::Image(image),
            Field::Form(form) => Feature { form, gated: false },
            Field::Relu(form) => Feature { form, gated: true },
        };
        let features = &mut self.layout.features;
        let known = features.iter().position(|&other| other == feature);
        Source::Feature(known.unwrap_or_else(|| {
            features.push(feature);
            features.len() - 1
        }))
    }
}

fn refuse(program: &Program, op: OpId, found: &str, mend: &'static str) -> TheoryError {
    TheoryError::out_of_domain(program, op, LAW, found, mend)
}

/// Sizes of multipliers of skips, one by one and multiplied along them: such that squares are far from the ends of double precision.
const MULTIPLIERS: std::ops::Range<f64> = 1e-60..1e60;

fn multiplier(program: &Program, op: OpId, exact: &archscale_model::Gain) -> Result<f64, TheoryError> {
    let value = Scaled::from(exact).to_f64();
    if exact.is_zero() || MULTIPLIERS.contains(&value.abs()) {
        return Ok(value);
    }
    Err(extreme(program, op))
}

fn extreme(program: &Program, op: OpId) -> TheoryError {
    refuse(
        program,
        op,
        "such multipliers of skips",
        "take multipliers whose products along skips stay between 1e-60 and 1e60",
    )
}
