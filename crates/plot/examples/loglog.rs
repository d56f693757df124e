//! A log-log plot of lines `series,x,y` on standard input as SVG on standard output: `loglog TITLE X Y`.

use std::io::Read;

use archscale_plot::{Axis, Figure, Mark, Point, Series};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [title, x, y] = &arguments[..] else { return Err("give TITLE X Y".into()) };
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut series: Vec<Series> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [name, x, y] = fields[..] else { return Err(format!("{line:?} is not `series,x,y`").into()) };
        let point = Point::new(x.parse()?, y.parse()?);
        match series.iter_mut().find(|known| known.name == name) {
            Some(known) => known.points.push(point),
            None => series.push(Series { name: name.into(), points: vec![point], mark: Mark::Line }),
        }
    }
    let (x, y) = (Axis::logarithmic(x.as_str()), Axis::logarithmic(y.as_str()));
    print!("{}", Figure { title: title.clone(), x, y, series, identity: false }.svg());
    Ok(())
}
