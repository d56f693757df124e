use crate::Axis;

/// Maps data to pixels along one axis.
pub(crate) struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

/// A tick: its value, its text, and whether it is labelled.
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: Option<String>,
}

impl Scale {
    /// A scale that holds all values with a small margin; pixels run from `start` to `end`.
    pub(crate) fn new(axis: &Axis, values: impl Iterator<Item = f64>, start: f64, end: f64) -> Self {
        let logarithmic = axis.logarithmic;
        let usable = values.filter(|value| usable(*value, logarithmic)).map(|value| inner(value, logarithmic));
        let (mut low, mut high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let size = low.abs().max(high.abs());
        if high - low <= 1e-9 * size {
            // One value, up to rounding: a range about it. A logarithm's own size says nothing of the range.
            let reach = if logarithmic || size == 0.0 { 0.5 } else { 0.5 * size };
            (low, high) = (low - reach, high + reach);
        }
        let margin = 0.04 * (high - low);
        Self { logarithmic, low: low - margin, high: high + margin, start, end }
    }

    /// Pixel of a value, none where it cannot be shown.
    pub(crate) fn at(&self, value: f64) -> Option<f64> {
        if !usable(value, self.logarithmic) {
            return None;
        }
        let share = (inner(value, self.logarithmic) - self.low) / (self.high - self.low);
        Some(self.start + share * (self.end - self.start))
    }

    /// The smallest and largest value shown.
    pub(crate) fn range(&self) -> (f64, f64) {
        let outer = |value: f64| if self.logarithmic { 10.0_f64.powf(value) } else { value };
        (outer(self.low), outer(self.high))
    }

    /// Between four and a dozen ticks at round values.
    pub(crate) fn ticks(&self) -> Vec<Tick> {
        if self.logarithmic && self.high - self.low > 0.8 {
            return self.decades();
        }
        let (low, high) = self.range();
        let raw = (high - low) / 6.0;
        let decade = raw.log10().floor() as i32;
        let multiple = [1, 2, 5].into_iter().find(|m| f64::from(*m) * 10.0_f64.powi(decade) >= raw);
        // A step of ten units of this decade is one of the next.
        let (multiple, decade) = multiple.map_or((1, decade + 1), |m| (m, decade));
        let step = f64::from(multiple) * 10.0_f64.powi(decade);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        (first..=last)
            .map(|index| index as f64 * step)
            .map(|value| Tick { value, text: Some(plain(value, decade)) })
            .collect()
    }

    fn decades(&self) -> Vec<Tick> {
        let span = self.high - self.low;
        let every = (span / 8.0).ceil().max(1.0) as i32;
        let mut ticks = Vec::new();
        for decade in self.low.floor() as i32..=self.high.ceil() as i32 {
            for digit in 1..10 {
                let value = f64::from(digit) * 10.0_f64.powi(decade);
                let place = value.log10();
                if place < self.low || place > self.high {
                    continue;
                }
                let labelled = match digit {
                    1 => decade.rem_euclid(every) == 0,
                    2 | 5 => span < 1.6,
                    3 | 7 => span < 1.1,
                    _ => false,
                };
                if labelled {
                    ticks.push(Tick { value, text: Some(power_text(digit, decade)) });
                } else if span < 4.0 {
                    ticks.push(Tick { value, text: None });
                }
            }
        }
        ticks
    }
}

/// Beyond this a range would overflow.
const LARGEST: f64 = 1e300;

fn usable(value: f64, logarithmic: bool) -> bool {
    value.abs() <= LARGEST && (!logarithmic || value > 0.0)
}

fn inner(value: f64, logarithmic: bool) -> f64 {
    if logarithmic { value.log10() } else { value }
}

/// A multiple of 10^decade with all its digits and no more.
fn plain(value: f64, decade: i32) -> String {
    if (-6..6).contains(&decade) && value.abs() < 1e6 {
        return format!("{value:.*}", (-decade).max(0) as usize);
    }
    let digits = if value == 0.0 { 0 } else { (value.abs().log10().floor() as i32 - decade).max(0) };
    format!("{value:.*e}", digits as usize)
}

/// digit · 10^decade.
fn power_text(digit: i32, decade: i32) -> String {
    if (-3..=4).contains(&decade) {
        return plain(f64::from(digit) * 10.0_f64.powi(decade), decade);
    }
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raise = |sign: char| sign.to_digit(10).map_or('⁻', |figure| RAISED[figure as usize]);
    let raised: String = decade.to_string().chars().map(raise).collect();
    if digit == 1 { format!("10{raised}") } else { format!("{digit}·10{raised}") }
}
