//! What cargo knows of the workspace: its crates, their targets, and what each links.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// A crate of the workspace: its folder and the crates of ours it links (development dependencies are none).
#[derive(Debug, Default, Clone)]
pub(crate) struct Member {
    pub(crate) folder: String,
    pub(crate) ours: BTreeSet<String>,
}

/// Every crate of the workspace by name.
pub(crate) fn members() -> BTreeMap<String, Member> {
    let metadata = workspace();
    let packages = array(&metadata["packages"]);
    let names: BTreeSet<&str> = packages.iter().map(|package| string(&package["name"])).collect();
    let member = |package: &Value| {
        let links = array(&package["dependencies"]).iter().filter(|edge| edge["kind"] != "dev");
        let ours = links.map(|edge| string(&edge["name"])).filter(|name| names.contains(name));
        let manifest = in_repository(string(&package["manifest_path"]));
        let folder = manifest.trim_end_matches("/Cargo.toml").to_owned();
        (string(&package["name"]).to_owned(), Member { folder, ours: ours.map(str::to_owned).collect() })
    };
    packages.iter().map(member).collect()
}

/// The root file of every library, binary, test, bench, example and build script, as repository paths.
pub(crate) fn target_roots() -> Vec<String> {
    let metadata = workspace();
    let targets = array(&metadata["packages"]).iter().flat_map(|package| array(&package["targets"]));
    targets.map(|target| in_repository(string(&target["src_path"]))).collect()
}

/// The names of all packages a crate links, build scripts included, with features as when it is built alone: in a
/// build of the whole workspace another crate's features would be counted as its own.
pub(crate) fn linked_by(package: &str) -> BTreeSet<String> {
    let lines =
        cargo(&["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn workspace() -> Value {
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    serde_json::from_str(&text).expect("cargo metadata prints JSON")
}

/// `--offline`: whoever runs this test has just built it, so all that is needed lies on this machine.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(crate::tree::root())
        .output()
        .expect("cargo built this test and can be run");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn in_repository(path: &str) -> String {
    let root = crate::tree::root();
    let path = std::path::Path::new(path).strip_prefix(&root).expect("our crates lie in the repository");
    path.to_string_lossy().replace('\\', "/")
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata has a list here")
}

fn string(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has a text here")
}
