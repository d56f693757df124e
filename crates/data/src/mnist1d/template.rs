//! The ten templates.

/// Number of classes.
pub(super) const CLASSES: usize = 10;

/// Points of a template.
pub(super) const POINTS: usize = 12;

/// Heights of the published templates, from which mean and scale are taken off below.
const HEIGHTS: [[f64; POINTS]; CLASSES] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

/// The template of a class: standard deviation 1/6, first point 0.
pub(super) fn template(class: u8) -> [f64; POINTS] {
    let heights = HEIGHTS[usize::from(class)];
    let count = POINTS as f64;
    let mean = heights.iter().sum::<f64>() / count;
    let deviation = (heights.iter().map(|height| (height - mean).powi(2)).sum::<f64>() / count).sqrt();
    heights.map(|height| (height - heights[0]) / deviation / 6.0)
}
