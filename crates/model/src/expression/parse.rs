use super::{Expr, Function};
use crate::ModelError;
use crate::error::shown;

/// Letters of a text, at most.
const LONGEST: usize = 1_000;
/// Brackets and signs within each other, at most: the reader calls itself once for each.
const NESTED: usize = 50;
/// Operations within each other, at most: whatever walks through an expression calls itself once for each.
const DEEPEST: usize = 100;
/// The largest power.
const LARGEST_POWER: i32 = 1_000;
/// Arguments are x0 to x15.
const ARGUMENTS: usize = 16;

impl Expr {
    /// Reads a function of x0, x1, … as it is displayed; `x` is x0.
    ///
    /// The grammar has numbers, `+ - * /`, whole powers `^3` or `^(-2)`, brackets and the functions of [`Function::ALL`]. A sign
    /// binds less tightly than a power, so that `-x^2` is −(x²). What is displayed is read as the same tree.
    ///
    /// # Errors
    /// [`ModelError::Expression`] names the column, what was found there, and how to mend it. Texts of more than 1000 letters, of
    /// more than 50 brackets or 100 operations within each other, and numbers beyond double precision are refused.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// let swish = Expr::parse("x * sigmoid(1.702*x)")?;
    /// assert_eq!(swish.to_string(), "x0 * sigmoid(1.702 * x0)");
    /// let error = Expr::parse("x * sigmod(x)").unwrap_err().to_string();
    /// assert!(error.contains("column 5: found 'sigmod'") && error.contains("did you mean 'sigmoid'"));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Reader::new(text, None)?.whole()
    }

    /// As [`Expr::parse`] with other names of the arguments, in their order.
    ///
    /// # Errors
    /// As [`Expr::parse`].
    ///
    /// ```
    /// use archscale_model::Expr;
    /// assert_eq!(Expr::parse_in("q / 2", &["q"])?.eval(&[3.0]), 1.5);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn parse_in(text: &str, names: &[&str]) -> Result<Self, ModelError> {
        Reader::new(text, Some(names))?.whole()
    }
}

/// Reads by recursive descent: one method for each level of binding, the loosest first.
struct Reader<'a> {
    text: &'a str,
    letters: Vec<char>,
    /// The letter that is read next.
    next: usize,
    nested: usize,
    names: Option<&'a [&'a str]>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, names: Option<&'a [&'a str]>) -> Result<Self, ModelError> {
        let reader = Self { text, letters: text.chars().collect(), next: 0, nested: 0, names };
        let count = reader.letters.len();
        if count > LONGEST {
            return Err(reader.refuse(LONGEST, format!("{count} letters"), format!("write at most {LONGEST}")));
        }
        Ok(reader)
    }

    fn refuse(&self, at: usize, found: impl Into<String>, mend: impl Into<String>) -> ModelError {
        let (text, column) = (shown(self.text), at + 1);
        ModelError::Expression { text, column, found: found.into(), mend: mend.into() }
    }

    /// The refusal of what stands at the next letter.
    fn unexpected(&mut self, expected: &str) -> ModelError {
        let found = match self.peek() {
            None => "the end".into(),
            Some(letter) if letter.is_alphabetic() => format!("'{}'", self.word()),
            Some(letter) => format!("'{}'", shown(&letter.to_string())),
        };
        self.refuse(self.next, found, format!("expected {expected}"))
    }

    fn whole(mut self) -> Result<Expr, ModelError> {
        let expression = self.sum()?;
        match self.peek() {
            None => {}
            Some(')') => return Err(self.refuse(self.next, "')'", "no bracket is open; open one before or leave it out")),
            Some(_) => return Err(self.unexpected("an operator: + - * / or ^ (a product is written 2*x)")),
        }
        if depth(&expression) > DEEPEST {
            let found = format!("more than {DEEPEST} operations within each other");
            return Err(self.refuse(0, found, "write a shorter expression"));
        }
        if !expression.is_finite() {
            return Err(self.refuse(0, "a number that is not finite", "divide by no 0, and stay within double precision"));
        }
        Ok(expression)
    }

    /// The next letter that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.letters.get(self.next).is_some_and(|letter| letter.is_whitespace()) {
            self.next += 1;
        }
        self.letters.get(self.next).copied()
    }

    /// Takes the next letter if it is this one.
    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.next += usize::from(found);
        found
    }

    fn sum(&mut self) -> Result<Expr, ModelError> {
        let mut sum = self.product()?;
        loop {
            if self.take('+') {
                sum = sum + self.product()?;
            } else if self.take('-') {
                sum = sum - self.product()?;
            } else {
                return Ok(sum);
            }
        }
    }

    fn product(&mut self) -> Result<Expr, ModelError> {
        let mut product = self.signed()?;
        loop {
            if self.take('*') {
                if self.peek() == Some('*') {
                    return Err(self.refuse(self.next - 1, "'**'", "write ^ for a power"));
                }
                product = product * self.signed()?;
            } else if self.take('/') {
                product = product / self.signed()?;
            } else {
                return Ok(product);
            }
        }
    }

    /// What `inner` reads, one level deeper.
    fn deeper(&mut self, inner: fn(&mut Self) -> Result<Expr, ModelError>) -> Result<Expr, ModelError> {
        self.nested += 1;
        if self.nested > NESTED {
            let found = format!("more than {NESTED} brackets and signs within each other");
            return Err(self.refuse(self.next, found, "write a shorter expression"));
        }
        let read = inner(self);
        self.nested -= 1;
        read
    }

    fn signed(&mut self) -> Result<Expr, ModelError> {
        if self.take('-') {
            return Ok(-self.deeper(Self::signed)?);
        }
        if self.take('+') {
            return self.deeper(Self::signed);
        }
        let base = self.atom()?;
        if !self.take('^') {
            return Ok(base);
        }
        let power = base.powi(self.exponent()?);
        if self.peek() == Some('^') {
            return Err(self.refuse(self.next, "'^'", "put brackets around the power that is raised, as in (x^2)^3"));
        }
        Ok(power)
    }

    fn exponent(&mut self) -> Result<i32, ModelError> {
        let bracket = self.take('(');
        let negative = self.take('-');
        let rule = format!("a whole number up to {LARGEST_POWER}, as in x^2 or x^(-2)");
        self.peek();
        let begin = self.next;
        let digits: String = self.letters[begin..].iter().take_while(|letter| letter.is_ascii_digit()).collect();
        if digits.is_empty() {
            return Err(self.unexpected(&rule));
        }
        self.next += digits.len();
        let broken = self.letters.get(self.next).is_some_and(|letter| *letter == '.' || letter.is_alphanumeric());
        let power = digits.parse::<i32>().ok().filter(|power| *power <= LARGEST_POWER && !broken);
        let Some(power) = power else {
            return Err(self.refuse(begin, format!("the power '{}'", shown(&digits)), format!("expected {rule}")));
        };
        if bracket && !self.take(')') {
            return Err(self.unexpected("')' after the power"));
        }
        Ok(if negative { -power } else { power })
    }

    fn atom(&mut self) -> Result<Expr, ModelError> {
        match self.peek() {
            Some('(') => self.bracket(),
            Some(letter) if letter.is_ascii_digit() || letter == '.' => self.number(),
            Some(letter) if letter.is_alphabetic() || letter == '_' => self.named(),
            _ => Err(self.unexpected("a number, an argument, a function or '('")),
        }
    }

    fn bracket(&mut self) -> Result<Expr, ModelError> {
        let open = self.next;
        self.next += 1;
        let inner = self.deeper(Self::sum)?;
        if self.take(')') {
            return Ok(inner);
        }
        let mend = format!("expected an operator or the ')' of the bracket in column {}", open + 1);
        Err(match self.peek() {
            None => self.refuse(self.next, "the end", mend),
            Some(letter) => self.refuse(self.next, format!("'{}'", shown(&letter.to_string())), mend),
        })
    }

    fn number(&mut self) -> Result<Expr, ModelError> {
        let begin = self.next;
        let digits = |reader: &mut Self| {
            while reader.letters.get(reader.next).is_some_and(char::is_ascii_digit) {
                reader.next += 1;
            }
        };
        digits(self);
        if self.letters.get(self.next) == Some(&'.') {
            self.next += 1;
            digits(self);
        }
        // An exponent only where digits follow: 2exp(x) lacks a sign, and 2e-3 does not.
        if let Some('e' | 'E') = self.letters.get(self.next) {
            let sign = usize::from(matches!(self.letters.get(self.next + 1), Some('+' | '-')));
            if self.letters.get(self.next + 1 + sign).is_some_and(char::is_ascii_digit) {
                self.next += 1 + sign;
                digits(self);
            }
        }
        let written: String = self.letters[begin..self.next].iter().collect();
        match written.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Expr::constant(value)),
            _ => Err(self.refuse(begin, format!("'{}'", shown(&written)), "expected a number within double precision")),
        }
    }

    /// The word that begins at the next letter; it is not taken.
    fn word(&self) -> String {
        let part = |letter: &&char| letter.is_alphanumeric() || **letter == '_';
        self.letters[self.next..].iter().take_while(part).collect()
    }

    fn named(&mut self) -> Result<Expr, ModelError> {
        let (word, begin) = (self.word(), self.next);
        self.next += word.chars().count();
        if let Some(function) = Function::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(&word)) {
            if self.peek() != Some('(') {
                return Err(self.unexpected(&format!("'(' after {}", function.name())));
            }
            return Ok(self.bracket()?.apply(function));
        }
        match self.argument(&word) {
            Some(index) => Ok(Expr::argument(index)),
            None => Err(self.refuse(begin, format!("'{}'", shown(&word)), self.known(&word))),
        }
    }

    fn argument(&self, word: &str) -> Option<usize> {
        match self.names {
            Some(names) => names.iter().position(|name| *name == word),
            None if word.eq_ignore_ascii_case("x") => Some(0),
            None => (0..ARGUMENTS).find(|index| word.eq_ignore_ascii_case(&format!("x{index}"))),
        }
    }

    /// What the reader knows, beside the word that is not known.
    fn known(&self, word: &str) -> String {
        let functions = Function::ALL.map(Function::name);
        let arguments = self.names.map_or_else(|| format!("x, x0 to x{}", ARGUMENTS - 1), |names| names.join(", "));
        let meant = crate::did_you_mean(word, functions.into_iter().chain(self.names.unwrap_or(&["x"]).iter().copied()));
        format!("known are the arguments {arguments} and the functions {}{meant}", functions.join(", "))
    }
}

/// Operations within each other.
fn depth(expr: &Expr) -> usize {
    1 + expr.operands().map(depth).max().unwrap_or(0)
}
