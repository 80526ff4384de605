//! The files of the project as the checks see them: repository path to text, without what `.gitignore` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Repository paths with `/`, in order, each with its text. Bytes that are no UTF-8 read as replacement characters.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Every file of the working tree that version control would keep.
    pub(crate) fn of_project() -> Self {
        let root = root();
        let walk = ignore::WalkBuilder::new(&root).hidden(false).require_git(false).filter_entry(not_git).build();
        let mut files = BTreeMap::new();
        for entry in walk {
            let entry = entry.expect("the project's own tree can be listed");
            // A file that another program removed since it was listed is no finding.
            let Ok(bytes) = std::fs::read(entry.path()) else { continue };
            let path = entry.path().strip_prefix(&root).expect("the walk stays below its root");
            files.insert(path.to_string_lossy().replace('\\', "/"), String::from_utf8_lossy(&bytes).into_owned());
        }
        assert!(files.contains_key("Cargo.toml"), "no Cargo.toml at {}", root.display());
        Self { files }
    }

    /// A made-up tree for proving a check.
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| self::extension(path) == Some(extension))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether the path is a file or a folder that holds one.
    pub(crate) fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

/// The repository's root: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository").to_owned()
}

/// What follows the last dot of a path.
pub(crate) fn extension(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(_, end)| end)
}

/// Not `.git`, which is a folder, or a file in a linked worktree.
fn not_git(entry: &ignore::DirEntry) -> bool {
    entry.file_name() != ".git"
}
