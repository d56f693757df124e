use crate::svg;

/// One coordinate of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Quantity and unit, in the field's terms.
    pub label: String,
    /// Whether the axis is logarithmic; values that are not positive are then left out.
    pub logarithmic: bool,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), logarithmic: false }
    }

    /// A logarithmic axis.
    #[must_use]
    pub fn logarithmic(label: impl Into<String>) -> Self {
        Self { label: label.into(), logarithmic: true }
    }
}

/// A point, with an error bar where its ends are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Abscissa.
    pub x: f64,
    /// Ordinate.
    pub y: f64,
    /// Lower and upper end of the vertical error bar; an end that a logarithmic axis cannot show is drawn to its foot.
    pub bar: Option<(f64, f64)>,
}

impl Point {
    /// A point without an error bar.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, bar: None }
    }

    /// A point with a symmetric error bar.
    #[must_use]
    pub fn with_error(x: f64, y: f64, error: f64) -> Self {
        Self { x, y, bar: Some((y - error, y + error)) }
    }
}

/// The marks of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// One small disc a point, with its error bar.
    Dots,
    /// A line through the points in their order, broken at points that cannot be shown; error bars are not drawn.
    Line,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points.
    pub points: Vec<Point>,
    /// Its marks.
    pub mark: Mark,
}

/// A plot.
///
/// ```
/// use archscale_plot::{Axis, Figure, Mark, Point, Series};
/// let points = (1..=8).map(|l| Point::new(f64::from(l), f64::from(l).powi(3))).collect();
/// let figure = Figure {
///     title: "Growth with depth".into(),
///     x: Axis::logarithmic("depth L"),
///     y: Axis::logarithmic("B"),
///     series: vec![Series { name: "L³".into(), points, mark: Mark::Line }],
///     identity: false,
/// };
/// assert!(figure.svg().starts_with("<svg "));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The title, a sentence.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// The data.
    pub series: Vec<Series>,
    /// Whether to draw the line y = x, on which a perfect law's points would lie; only where both axes are of one kind,
    /// which then share their range.
    pub identity: bool,
}

impl Figure {
    /// The figure as an SVG document. Points that are not finite, or not positive on a logarithmic axis, are left out.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::render(self)
    }
}
