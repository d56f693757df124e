use std::fmt::Write;

use crate::page::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, escape};
use crate::{Figure, Mark};

const ROW: f64 = 18.0;

/// Names the series in the corner that hides the fewest of the points shown.
pub(crate) fn legend(out: &mut String, figure: &Figure, shown: &[(f64, f64)], colours: usize) {
    if figure.series.len() < 2 {
        return;
    }
    let longest = figure.series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0);
    let (width, height) = (34.0 + 7.2 * longest as f64, 10.0 + ROW * figure.series.len() as f64);
    let (near, far) = (LEFT + 8.0, WIDTH - RIGHT - 8.0 - width);
    let (high, low) = (TOP + 8.0, HEIGHT - BOTTOM - 8.0 - height);
    let hidden = |&(x, y): &(f64, f64)| {
        shown.iter().filter(|at| (x..=x + width).contains(&at.0) && (y..=y + height).contains(&at.1)).count()
    };
    // The first of equal corners wins.
    let corner = [(near, high), (far, low), (far, high), (near, low)].into_iter().min_by_key(hidden);
    let (left, top) = corner.unwrap_or((near, high));
    let _ = writeln!(
        out,
        "<rect class=\"back\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" opacity=\"0.8\"/>"
    );
    for (index, series) in figure.series.iter().enumerate() {
        let y = top + 18.0 + ROW * index as f64;
        let colour = index % colours;
        let _ = match series.mark {
            Mark::Dots => {
                writeln!(
                    out,
                    "<ellipse class=\"s{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" rx=\"4\" ry=\"4\"/>",
                    left + 14.0,
                    y - 4.5
                )
            }
            Mark::Line => {
                writeln!(out, "<path class=\"s{colour} line\" d=\"M{:.1} {:.1}h16\"/>", left + 6.0, y - 4.5)
            }
        };
        let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", left + 28.0, escape(&series.name));
    }
}
