use std::path::Path;

use archscale_files::in_line;
use serde::{Deserialize, Serialize};

use super::bootstrap::Resamples;
use super::ranking::{pairs, ranking};
use super::{Bootstrap, Estimate, Ranking, Spread};
use crate::RatesError;

/// One cell under one recipe: its test accuracy from every seed, as fractions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The cell.
    pub cell: String,
    /// The recipe.
    pub recipe: String,
    /// The learning rate.
    pub learning_rate: f64,
    /// By seed; one over the number of classes where training diverged.
    pub accuracies: Vec<f64>,
    /// How many of the runs diverged.
    pub diverged: usize,
    /// In how many others the last pass had no smaller loss than equal odds for all classes.
    pub unlearnt: usize,
}

/// Test accuracies of the same cells, from the same seeds, under every recipe; the first is the reference.
///
/// They come from a [`super::Study`], from a file, or from whoever plants them to see how they are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracies {
    recipes: Vec<Table>,
}

/// All cells under one recipe.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    /// By seed, then by cell.
    pub(crate) by_seed: Vec<Vec<f64>>,
    /// By cell, over seeds.
    pub(crate) means: Vec<f64>,
}

impl Table {
    fn new(rows: Vec<Row>) -> Self {
        let seeds = rows.first().map_or(0, |row| row.accuracies.len());
        let by_seed = (0..seeds).map(|seed| rows.iter().map(|row| row.accuracies[seed]).collect()).collect();
        let mean = |row: &Row| row.accuracies.iter().sum::<f64>() / seeds as f64;
        Self { means: rows.iter().map(mean).collect(), by_seed, rows }
    }

    fn recipe(&self) -> &str {
        self.rows.first().map_or("", |row| &row.recipe)
    }
}

impl Accuracies {
    /// Rows in any order; recipes and cells are ordered by their first row.
    ///
    /// # Errors
    /// No row, a recipe that lacks a cell or has it twice, a row without a seed or with another number of them, an accuracy that is
    /// not a number.
    pub fn new(rows: Vec<Row>) -> Result<Self, RatesError> {
        let refuse = |row: &Row, problem: String| RatesError::Cells {
            place: format!("{} by recipe {}", row.cell, row.recipe),
            problem,
        };
        let Some(first) = rows.first() else {
            return Err(RatesError::Cells { place: "accuracies".into(), problem: "there is no row".into() });
        };
        let seeds = first.accuracies.len();
        let (mut cells, mut recipes): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for row in &rows {
            if seeds == 0 || row.accuracies.len() != seeds {
                return Err(refuse(
                    row,
                    format!("it has {} seeds; give every row the {seeds} of the first", row.accuracies.len()),
                ));
            }
            if let Some(bad) = row.accuracies.iter().find(|accuracy| !accuracy.is_finite()) {
                return Err(refuse(row, format!("{bad} is no accuracy")));
            }
            if !cells.contains(&row.cell) {
                cells.push(row.cell.clone());
            }
            if !recipes.contains(&row.recipe) {
                recipes.push(row.recipe.clone());
            }
        }
        let table = |recipe: &String| {
            let of_cell = |cell: &String| {
                let mut found = rows.iter().filter(|row| row.recipe == *recipe && row.cell == *cell);
                match (found.next(), found.next()) {
                    (Some(row), None) => Ok(row.clone()),
                    (None, _) => Err(RatesError::Cells {
                        place: format!("{cell} by recipe {recipe}"),
                        problem: "it has no row; give one for every cell and recipe".into(),
                    }),
                    (Some(row), Some(_)) => Err(refuse(row, "it has two rows; give one".into())),
                }
            };
            Ok::<_, RatesError>(Table::new(cells.iter().map(of_cell).collect::<Result<_, _>>()?))
        };
        Ok(Self { recipes: recipes.iter().map(table).collect::<Result<_, _>>()? })
    }

    /// Reads a file of rows, one line of JSON each, as [`super::Comparison::write`] makes it.
    ///
    /// # Errors
    /// A file that cannot be read, a line that is no row, and those of [`Accuracies::new`].
    pub fn read_file(path: &Path) -> Result<Self, RatesError> {
        let text = std::fs::read_to_string(path).map_err(|error| RatesError::file(path, error))?;
        let row = |(number, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| {
                let problem = format!(
                    "line {number}: {}; a line is one cell under one recipe, as `maxlr cells` writes it",
                    in_line(&error)
                );
                RatesError::file(path, problem)
            })
        };
        Self::new((1..).zip(text.lines()).map(row).collect::<Result<_, _>>()?)
    }

    /// One line of JSON for each row, recipe by recipe.
    ///
    /// # Errors
    /// None for accuracies that are numbers, as these are.
    pub fn lines(&self) -> Result<String, RatesError> {
        let mut text = String::new();
        for row in self.recipes.iter().flat_map(|table| &table.rows) {
            text.push_str(&serde_json::to_string(row)?);
            text.push('\n');
        }
        Ok(text)
    }

    /// Names of the recipes, the reference first.
    #[must_use]
    pub fn recipes(&self) -> Vec<&str> {
        self.recipes.iter().map(Table::recipe).collect()
    }

    /// Index of a recipe.
    ///
    /// # Errors
    /// No recipe of this name.
    pub fn recipe(&self, name: &str) -> Result<usize, RatesError> {
        self.recipes.iter().position(|table| table.recipe() == name).ok_or_else(|| RatesError::Cells {
            place: format!("recipe '{name}'"),
            problem: format!("there is none; the recipes are {}", self.recipes().join(", ")),
        })
    }

    /// A recipe's rows, by cell; none of a recipe that is not there.
    #[must_use]
    pub fn rows(&self, recipe: usize) -> &[Row] {
        self.recipes.get(recipe).map_or(&[], |table| &table.rows)
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.recipes
    }

    /// Mean over cells of the accuracy; `None` for a recipe that is not there.
    #[must_use]
    pub fn mean(&self, recipe: usize, bootstrap: &Bootstrap) -> Option<Estimate> {
        let table = self.recipes.get(recipe)?;
        Resamples::new(table.means.len(), bootstrap).mean(&table.means)
    }

    /// Mean over cells of a recipe's accuracy above another's, paired by cell; `None` for recipes that are not there.
    #[must_use]
    pub fn gain(&self, recipe: usize, other: usize, bootstrap: &Bootstrap) -> Option<Estimate> {
        Resamples::new(self.rows(0).len(), bootstrap).mean(&self.differences(recipe, other)?)
    }

    /// By cell, the accuracy of a recipe above another's.
    pub(crate) fn differences(&self, recipe: usize, other: usize) -> Option<Vec<f64>> {
        let (own, other) = (self.recipes.get(recipe)?, self.recipes.get(other)?);
        Some(own.means.iter().zip(&other.means).map(|(own, other)| own - other).collect())
    }

    /// How a recipe ranks the cells beside the reference: all of them, or the share `top` that is best under the reference (at
    /// least two); `None` for a recipe that is not there and a share that is not above 0 and at most 1.
    #[must_use]
    pub fn ranking(&self, recipe: usize, top: f64, bootstrap: &Bootstrap) -> Option<Ranking> {
        let (own, reference) = (self.recipes.get(recipe)?, self.recipes.first()?);
        if !(top > 0.0 && top <= 1.0) {
            return None;
        }
        let count = reference.means.len();
        let mut best: Vec<usize> = (0..count).collect();
        if top < 1.0 {
            // Equals keep their order.
            best.sort_by(|&a, &b| reference.means[b].total_cmp(&reference.means[a]));
            best.truncate(((top * count as f64).round() as usize).max(2).min(count));
        }
        Some(ranking(own, reference, &best, &Resamples::new(best.len(), bootstrap)))
    }

    /// Differences of accuracy, without sign, over all pairs of cells under a recipe; not numbers of a recipe that is not there.
    #[must_use]
    pub fn gaps(&self, recipe: usize) -> Spread {
        let means = self.recipes.get(recipe).map_or(&[][..], |table| &table.means);
        Spread::of(pairs(means.len()).map(|(a, b)| (means[a] - means[b]).abs()).collect())
    }

    /// The same between two seeds of one cell.
    #[must_use]
    pub fn seed_gaps(&self, recipe: usize) -> Spread {
        let of_row = |row: &Row| -> Vec<f64> {
            pairs(row.accuracies.len()).map(|(a, b)| (row.accuracies[a] - row.accuracies[b]).abs()).collect()
        };
        Spread::of(self.rows(recipe).iter().flat_map(of_row).collect())
    }
}
