//! What is wrong with a manifest, where, and what would be right.

use std::fmt;

/// A place in a text, both counted from 1; (0, 0) where there is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The character in the line.
    pub column: u64,
}

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name as given; empty for a resource that came from no file.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// Which of the file's documents, counted from 1 without empty ones; none where the file itself is no YAML.
    pub document: Option<usize>,
    /// Kind and name, as far as the document says them.
    pub object: String,
    /// The field, `spec.shardCount`; empty for the document as a whole.
    pub path: String,
    /// What is wrong and what would be right: lowercase, no full stop.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>, after: &'static str| {
            let written = write!(f, "{separator}{text}");
            separator = after;
            written
        };
        match (self.file.as_str(), self.place.line) {
            ("", _) => {}
            (file, 0) => part(f, format_args!("{file}"), ": ")?,
            (file, line) => part(f, format_args!("{file}:{line}:{}", self.place.column), ": ")?,
        }
        match (self.document, self.object.as_str()) {
            (None, "") => {}
            (None, object) => part(f, format_args!("{object}"), ": ")?,
            (Some(number), "") => part(f, format_args!("document {number}"), ": ")?,
            (Some(number), object) => part(f, format_args!("document {number}, {object}"), ": ")?,
        }
        if !self.path.is_empty() {
            part(f, format_args!("{}", self.path), ": ")?;
        }
        part(f, format_args!("{}", self.message), "")
    }
}

/// Everything wrong, in the order of the text; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The value if nothing is wrong.
    ///
    /// # Errors
    /// The problems, if there are any.
    pub fn or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Takes them out, to be put together with those of other files.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// One line each.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
