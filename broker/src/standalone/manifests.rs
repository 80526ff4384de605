//! The files of -f: read, checked as a cluster would check them, and applied.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use forebay_api::manifest::{Admission, Document, Problems};

/// Files that cannot be applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum ManifestError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{0} holds no manifest: a directory given with -f needs files named *.yaml or *.yml")]
    EmptyDirectory(PathBuf),
    #[error("refused, and nothing was applied:\n{0}")]
    Refused(Problems),
}

/// Every document of every file, valid.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Document>, ManifestError> {
    let mut texts = Vec::new();
    for path in paths {
        for file in files(path)? {
            let text = fs::read_to_string(&file).map_err(read_error(&file))?;
            texts.push((file.display().to_string(), text));
        }
    }
    let borrowed = texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    Admission::new().read_all(borrowed).map_err(ManifestError::Refused)
}

/// The file itself, or a directory's manifests in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    if !fs::metadata(path).map_err(read_error(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for item in fs::read_dir(path).map_err(read_error(path))? {
        let file = item.map_err(read_error(path))?.path();
        let is_manifest = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_manifest && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(ManifestError::EmptyDirectory(path.to_owned()));
    }
    files.sort();
    Ok(files)
}

fn read_error(path: &Path) -> impl Fn(io::Error) -> ManifestError {
    move |source| ManifestError::Read { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        "apiVersion: forebay.dev/v1alpha1\nkind: Stream\nmetadata: {name: NAME}\nspec: {shardCount: 1}\n";

    #[test]
    fn a_directory_is_its_manifests_in_the_order_of_names() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("b.yaml"), STREAM.replace("NAME", "second")).expect("written");
        fs::write(directory.path().join("a.yml"), STREAM.replace("NAME", "first")).expect("written");
        fs::write(directory.path().join("notes.txt"), "not a manifest").expect("written");
        let documents = read(&[directory.path().to_owned()]).expect("valid");
        let labels: Vec<_> = documents.iter().map(|document| document.resource.label()).collect();
        assert_eq!(labels, ["Stream first", "Stream second"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let empty = read(&[directory.path().to_owned()]).expect_err("no manifest").to_string();
        assert!(empty.contains("*.yaml"), "{empty}");
        let missing = read(&[directory.path().join("none.yaml")]).expect_err("no file").to_string();
        assert!(missing.contains("none.yaml"), "{missing}");
        let path = directory.path().join("a.yaml");
        fs::write(&path, STREAM.replace("shardCount: 1", "shardCount: 0")).expect("written");
        let refused = read(&[path]).expect_err("no shards").to_string();
        assert!(refused.contains("a.yaml") && refused.contains("spec.shardCount"), "{refused}");
    }
}
