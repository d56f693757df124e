//! Tables that fit the screen.

use std::fmt;

use comfy_table::presets::{ASCII_FULL_CONDENSED, UTF8_FULL_CONDENSED};
use comfy_table::{ColumnConstraint, ContentArrangement, Width};
use console::measure_text_width;

use super::plain::plain;
use super::screen::{self, Screen};

/// Rows under a heading, laid out when they are written: cells are wrapped at spaces so that no row is wider than the screen.
pub(crate) struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Names of columns that only `--wide` shows.
    details: &'static [&'static str],
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { heading: heading.iter().map(ToString::to_string).collect(), rows: Vec::new(), details: &[] }
    }

    /// The same with these columns left out unless the user asks for `--wide`; the table's last line names them.
    pub(crate) fn details(mut self, columns: &'static [&'static str]) -> Self {
        self.details = columns;
        self
    }

    pub(crate) fn add_row<T: Into<String>>(&mut self, row: Vec<T>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    fn laid_out(&self, screen: Screen) -> String {
        let shown: Vec<usize> = (0..self.heading.len())
            .filter(|&column| screen.width.is_none() || !self.details.contains(&self.heading[column].as_str()))
            .collect();
        let pick = |row: &[String]| -> Vec<String> {
            let cell = |&column: &usize| row.get(column).map_or("", String::as_str);
            shown.iter().map(cell).map(|cell| if screen.ascii { plain(cell) } else { cell.to_string() }).collect()
        };
        let (heading, rows) = (pick(&self.heading), self.rows.iter().map(|row| pick(row)).collect::<Vec<_>>());
        let widths = screen.width.map(|width| {
            let room = width.saturating_sub(3 * shown.len() + 1);
            let needs: Vec<Need> = (0..shown.len())
                .map(|column| Need::of(rows.iter().chain([&heading]).map(|row| row[column].as_str())))
                .collect();
            fit(&needs, room)
        });
        let mut table = comfy_table::Table::new();
        table.load_style(if screen.ascii { ASCII_FULL_CONDENSED } else { UTF8_FULL_CONDENSED });
        // Widths are set below; without them cells stay as long as they are.
        table.set_content_arrangement(ContentArrangement::Disabled).set_header(heading).add_rows(rows);
        if let (Some(width), Some(widths)) = (screen.width, widths) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::try_from(width).unwrap_or(u16::MAX));
            let constraint = |width: usize| Width::Fixed(u16::try_from(width + 2).unwrap_or(u16::MAX));
            table.set_constraints(widths.into_iter().map(|width| ColumnConstraint::Absolute(constraint(width))));
        }
        let mut text = table.to_string();
        if shown.len() < self.heading.len() {
            text.push_str(&format!("\n--wide adds: {}", self.details.join(", ")));
        }
        text
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.laid_out(screen::get()))
    }
}

/// The room that a column would take.
#[derive(Debug, Clone, Copy)]
struct Need {
    /// With every space a break: its longest word.
    least: usize,
    /// With none: its longest cell.
    most: usize,
}

impl Need {
    fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        cells.fold(Self { least: 1, most: 1 }, |need, cell| {
            let words = cell.split_whitespace().map(measure_text_width);
            let lines = cell.lines().map(measure_text_width);
            Self { least: words.fold(need.least, usize::max), most: lines.fold(need.most, usize::max) }
        })
    }
}

/// Widths that add up to `room` at most: no column wider than it needs, the widest narrowed first, and a word broken only where
/// the longest words of all columns do not fit side by side.
fn fit(needs: &[Need], room: usize) -> Vec<usize> {
    let whole = |level: usize| needs.iter().map(|need| level.clamp(need.least, need.most)).collect::<Vec<_>>();
    let broken = |level: usize| needs.iter().map(|need| level.min(need.least)).collect::<Vec<_>>();
    let fits = |widths: &Vec<usize>| widths.iter().sum::<usize>() <= room;
    let mut widths = (1..=room).rev().map(whole).find(fits);
    if widths.is_none() {
        widths = (1..=room).rev().map(broken).find(fits);
    }
    let mut widths = widths.unwrap_or_else(|| vec![1; needs.len()]);
    // What the common level leaves over goes to the first columns that want it.
    let mut left = room.saturating_sub(widths.iter().sum());
    for (width, need) in widths.iter_mut().zip(needs) {
        let more = left.min(need.most.saturating_sub(*width));
        *width += more;
        left -= more;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["law", "η", "meant for", "source"]).details(&["source"]);
        table.add_row(vec!["weighted-paths", "0.125", &"words upon words ".repeat(12), "Chen et al. 2024"]);
        table.add_row(vec!["paper", "1.07e301", &"w".repeat(90), "Chen et al. 2024"]);
        table
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_numbers_stay_whole() {
        for width in 40..130 {
            let text = table().laid_out(Screen { width: Some(width), ascii: false });
            for line in text.lines() {
                assert!(measure_text_width(line) <= width, "{width}: {line}");
            }
            if width >= 60 {
                assert!(text.contains("weighted-paths") && text.contains("1.07e301"), "{width}:\n{text}");
            }
            assert!(!text.contains("Chen") && text.ends_with("--wide adds: source"));
        }
    }

    #[test]
    fn wide_shows_everything_on_one_line_a_row() {
        let text = table().laid_out(Screen { width: None, ascii: true });
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(text.contains("Chen et al. 2024") && text.contains(&"w".repeat(90)) && !text.contains("--wide"));
        assert!(text.is_ascii() && text.contains("eta"), "{text}");
    }

    #[test]
    fn narrow_columns_keep_what_they_need() {
        let needs = [Need { least: 5, most: 5 }, Need { least: 4, most: 100 }, Need { least: 4, most: 30 }];
        assert_eq!(fit(&needs, 200), [5, 100, 30]);
        assert_eq!(fit(&needs, 66), [5, 31, 30]);
        assert_eq!(fit(&needs, 28), [5, 12, 11]);
        assert_eq!(fit(&needs, 10).iter().sum::<usize>(), 10);
        assert_eq!(fit(&needs, 0), [1, 1, 1]);
    }
}
