//! The manifests as they were last applied, kept to tell what a person changed in a file from what an API call changed in
//! a stream. One file of documents beside the catalog's own, because a manifest outlives the stream it made.

use std::path::PathBuf;

use forebay_api::manifest::Resource;
use forebay_log::{Disk, RealDisk};
use forebay_plan::apply::Objects;
use serde_json::Value;

use super::super::data_dir::{DataDirError, io_error};
use super::super::durable_file;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct AppliedFile<D: Disk = RealDisk> {
    disk: D,
    path: PathBuf,
}

impl<D: Disk> AppliedFile<D> {
    pub(crate) fn new(disk: D, path: PathBuf) -> Self {
        Self { disk, path }
    }

    /// What was last applied; nothing before the first time.
    pub(super) fn load(&self) -> Result<Objects, DataDirError> {
        let text =
            durable_file::read(&self.disk, &self.path).map_err(io_error("read", &self.path))?.unwrap_or_default();
        let damaged = |why: String| DataDirError::Damaged { path: self.path.clone(), why };
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|error| damaged(error.to_string()))?;
        let resources = documents.into_iter().map(resource).collect::<Result<Vec<_>, _>>().map_err(damaged)?;
        Ok(resources.into_iter().map(|resource| (resource.key(), resource)).collect())
    }

    /// Keeps what was applied.
    pub(super) fn store(&self, objects: &Objects) -> Result<(), DataDirError> {
        let yaml = |resource: &Resource| match resource {
            Resource::Stream(stream) => serde_saphyr::to_string(stream),
            Resource::Consumer(consumer) => serde_saphyr::to_string(consumer),
        };
        let documents = objects.values().map(|resource| yaml(resource).expect("a resource has string keys"));
        let text = documents.collect::<Vec<_>>().join("---\n");
        durable_file::replace(&self.disk, &self.path, text.as_bytes()).map_err(io_error("write", &self.path))
    }
}

fn resource(document: Value) -> Result<Resource, String> {
    let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "Stream" => serde_json::from_value(document).map(|stream| Resource::Stream(Box::new(stream))),
        "Consumer" => serde_json::from_value(document).map(|consumer| Resource::Consumer(Box::new(consumer))),
        other => return Err(format!("a document is of kind {other:?}")),
    }
    .map_err(|error| error.to_string())
}
