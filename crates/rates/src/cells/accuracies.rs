use std::path::Path;

use archscale_records::typed;
use serde::{Deserialize, Serialize};

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
/// They come from a [`super::Study`], from a file, or from a test that plants them. [`super::gain`], [`super::ranking`] and
/// their kin say what they show.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracies {
    recipes: Vec<Table>,
}

/// All cells under one recipe.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// By seed, then by cell.
    pub(super) by_seed: Vec<Vec<f64>>,
    /// By cell, over seeds.
    pub(super) means: Vec<f64>,
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
    /// No row, a recipe that lacks a cell or has it twice, a row without a seed or with another number of them, an accuracy
    /// that is not a number.
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
        let bytes = std::fs::read(path).map_err(|error| RatesError::file(path, error))?;
        let mend = "write one cell under one recipe a line, as `maxlr cells` does";
        let lines = typed(path, &bytes, "row of accuracies", mend)?;
        Self::new(lines.into_iter().map(|line| line.value).collect())
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

    pub(super) fn tables(&self) -> &[Table] {
        &self.recipes
    }
}
