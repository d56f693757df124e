use std::fmt::Write;

use crate::legend::legend;
use crate::page::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, escape};
use crate::scale::Scale;
use crate::{Figure, Mark, Series};

/// Colours after Okabe and Ito (2008), which differ also for colour-blind readers: for white grounds, and for dark ones.
const COLOURS: [(&str, &str); 7] = [
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#ff8c42"),
    ("#009e73", "#2ec79b"),
    ("#b0568c", "#e69ac5"),
    ("#946c00", "#e6c229"),
    ("#444444", "#c8c8c8"),
    ("#7a4fbf", "#b79cf0"),
];

/// Size of letters where nothing else is said, as in [`STYLE`].
const LETTERS: f64 = 13.0;

const STYLE: &str = "text{font:13px sans-serif;fill:#222}.axis,.tick{stroke:#555;fill:none}.grid{stroke:#ddd}\
.identity{stroke:#777;stroke-width:1.5;stroke-dasharray:6 4;fill:none}.back{fill:#fff}.line{fill:none;stroke-width:2}";

const DARK_STYLE: &str =
    "text{fill:#ddd}.axis,.tick{stroke:#aaa}.grid{stroke:#333}.identity{stroke:#aaa}.back{fill:#161616}";

pub(crate) fn render(figure: &Figure) -> String {
    let identity = figure.identity && figure.x.logarithmic == figure.y.logarithmic;
    let points = || figure.series.iter().flat_map(|series| &series.points);
    let bars = points().filter_map(|point| point.bar).flat_map(|(low, high)| [low, high]);
    let ordinates: Vec<f64> = points().map(|point| point.y).chain(bars).collect();
    let abscissas: Vec<f64> = points().map(|point| point.x).collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = if identity {
        // One range for both, so that the identity is the diagonal.
        let all: Vec<f64> = abscissas.iter().chain(&ordinates).copied().collect();
        (all.clone(), all)
    } else {
        (abscissas, ordinates)
    };
    let x = Scale::new(&figure.x, xs.into_iter(), LEFT, WIDTH - RIGHT);
    let y = Scale::new(&figure.y, ys.into_iter(), HEIGHT - BOTTOM, TOP);
    let mut out = String::new();
    let size = fitting(&figure.title, 16.0);
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>{title}</title>\n<style>{style}</style>\n<rect class=\"back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" style=\"font-size:{size:.1}px\">{title}</text>\n",
        title = escape(&figure.title),
        style = style(),
    );
    frame(&mut out, figure, &x, &y);
    if identity {
        let (low, high) = x.range();
        if let (Some(x1), Some(y1), Some(x2), Some(y2)) = (x.at(low), y.at(low), x.at(high), y.at(high)) {
            let _ = writeln!(out, "<path class=\"identity\" d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\"/>");
        }
    }
    let placed: Vec<Vec<Option<Placed>>> = figure.series.iter().map(|series| place(series, &x, &y)).collect();
    for (index, (series, points)) in figure.series.iter().zip(&placed).enumerate() {
        draw(&mut out, series.mark, points, index % COLOURS.len());
    }
    let shown: Vec<(f64, f64)> = placed.iter().flatten().flatten().map(|point| (point.x, point.y)).collect();
    legend(&mut out, figure, &shown, COLOURS.len());
    out.push_str("</svg>\n");
    out
}

/// The size of letters at which a text is no longer than the figure is wide; a letter is about half as wide as it is high.
fn fitting(text: &str, largest: f64) -> f64 {
    (2.0 * (WIDTH - LEFT - RIGHT) / (text.chars().count().max(1) as f64)).clamp(7.0, largest)
}

fn style() -> String {
    let rule = |index: usize, colour: &str| format!(".s{index}{{stroke:{colour};fill:{colour}}}");
    let light: String = COLOURS.iter().enumerate().map(|(index, (light, _))| rule(index, light)).collect();
    let dark: String = COLOURS.iter().enumerate().map(|(index, (_, dark))| rule(index, dark)).collect();
    // The class of lines comes last, since it takes back the filling.
    let (before, line) = STYLE.split_at(STYLE.find(".line").unwrap_or(STYLE.len()));
    format!("{before}{light}{line}@media(prefers-color-scheme:dark){{{DARK_STYLE}{dark}{line}}}")
}

fn frame(out: &mut String, figure: &Figure, x: &Scale, y: &Scale) {
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    for tick in x.ticks() {
        let Some(at) = x.at(tick.value) else { continue };
        if let Some(text) = tick.text {
            let _ = writeln!(out, "<path class=\"grid\" d=\"M{at:.1} {TOP}V{bottom}\"/>");
            let _ = writeln!(out, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>", bottom + 20.0);
        } else {
            let _ = writeln!(out, "<path class=\"tick\" d=\"M{at:.1} {bottom}v4\"/>");
        }
    }
    for tick in y.ticks() {
        let Some(at) = y.at(tick.value) else { continue };
        if let Some(text) = tick.text {
            let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>");
            let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>", LEFT - 8.0, at + 4.0);
        } else {
            let _ = writeln!(out, "<path class=\"tick\" d=\"M{LEFT} {at:.1}h-4\"/>");
        }
    }
    let _ = writeln!(out, "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>");
    let middle = f64::midpoint(LEFT, right);
    let size = fitting(&figure.x.label, LETTERS);
    let style = if size < LETTERS { format!(" style=\"font-size:{size:.1}px\"") } else { String::new() };
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\"{style}>{}</text>",
        HEIGHT - 18.0,
        escape(&figure.x.label)
    );
    let centre = f64::midpoint(TOP, bottom);
    let _ = writeln!(
        out,
        "<text transform=\"translate(20 {centre}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        escape(&figure.y.label)
    );
}

/// Pixels of a point and of the ends of its error bar.
struct Placed {
    x: f64,
    y: f64,
    bar: Option<(f64, f64)>,
}

/// The points of a series in pixels, none for one that cannot be shown.
fn place(series: &Series, x: &Scale, y: &Scale) -> Vec<Option<Placed>> {
    let bar = |(low, high): (f64, f64)| {
        // A bar that reaches below a logarithmic axis ends at its foot.
        let known = !low.is_nan() && !high.is_nan();
        known.then(|| (y.at(low).unwrap_or(HEIGHT - BOTTOM), y.at(high).unwrap_or(TOP)))
    };
    let one = |point: &crate::Point| Some(Placed { x: x.at(point.x)?, y: y.at(point.y)?, bar: point.bar.and_then(bar) });
    series.points.iter().map(one).collect()
}

fn draw(out: &mut String, mark: Mark, points: &[Option<Placed>], colour: usize) {
    let _ = writeln!(out, "<g class=\"s{colour}\">");
    match mark {
        Mark::Line => {
            for piece in points.split(Option::is_none) {
                let path: Vec<String> = piece.iter().flatten().map(|at| format!("{:.1} {:.1}", at.x, at.y)).collect();
                if path.len() > 1 {
                    let _ = writeln!(out, "<path class=\"line\" d=\"M{}\"/>", path.join("L"));
                } else if let Some(at) = piece.iter().flatten().next() {
                    let _ = writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2\" stroke=\"none\"/>", at.x, at.y);
                }
            }
        }
        Mark::Dots => {
            let (radius, opacity) = if points.iter().flatten().count() > 300 { (1.8, 0.5) } else { (3.5, 0.85) };
            for Placed { x, y, bar } in points.iter().flatten() {
                if let Some((low, high)) = bar {
                    let _ = writeln!(
                        out,
                        "<path d=\"M{x:.1} {low:.1}V{high:.1}M{left:.1} {low:.1}h6M{left:.1} {high:.1}h6\"/>",
                        left = x - 3.0
                    );
                }
                let _ = writeln!(
                    out,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" opacity=\"{opacity}\" stroke=\"none\"/>"
                );
            }
        }
    }
    out.push_str("</g>\n");
}
