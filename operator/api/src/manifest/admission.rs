//! Admission: what the API server decides about a resource, decided without one.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::ResourceExt;
use kube::core::cel::{CompiledSchema, ValidationError, ValidationErrors, compile_schema, validate_compiled};
use serde::Serialize;
use serde_json::{Value, json};

use super::metadata;
use super::problem::{Place, Problem, Problems};
use super::structure::{Finding, Structure};
use super::suggest::nearest;
use super::yaml::{self, Node, NodeValue};
use crate::{API_VERSION, Consumer, Stream, crd};

/// A resource of this group.
#[derive(Debug, Clone, PartialEq)]
pub enum Resource {
    /// A stream.
    Stream(Box<Stream>),
    /// A consumer.
    Consumer(Box<Consumer>),
}

impl Resource {
    /// Kind and object name, as messages name it: `Stream orders`.
    pub fn label(&self) -> String {
        match self {
            Self::Stream(stream) => format!("Stream {}", stream.name_any()),
            Self::Consumer(consumer) => format!("Consumer {}", consumer.name_any()),
        }
    }

    /// The object's namespace, if its manifest names one.
    pub fn namespace(&self) -> Option<String> {
        match self {
            Self::Stream(stream) => stream.namespace(),
            Self::Consumer(consumer) => consumer.namespace(),
        }
    }

    /// Which object this is, whatever it says.
    pub fn key(&self) -> ObjectKey {
        let (kind, name) = match self {
            Self::Stream(stream) => (KIND_STREAM, stream.name_any()),
            Self::Consumer(consumer) => (KIND_CONSUMER, consumer.name_any()),
        };
        ObjectKey { kind, namespace: self.namespace(), name }
    }

    /// What a namespace can have only once beside the object's name, the name in the AWS API: `the stream orders`.
    pub fn aws_name(&self) -> String {
        match self {
            Self::Stream(stream) => format!("the stream {}", stream.stream_name()),
            Self::Consumer(consumer) => {
                let spec = &consumer.spec;
                let stream = spec.stream_ref.as_ref().map(|stream| stream.name.as_str());
                let stream = stream.or(spec.stream_arn.as_deref()).unwrap_or_default();
                format!("the consumer {} of {stream}", consumer.consumer_name())
            }
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Stream(stream) => to_value(stream),
            Self::Consumer(consumer) => to_value(consumer),
        }
    }
}

fn to_value(object: &impl Serialize) -> Value {
    serde_json::to_value(object).expect("a resource has string keys and finite numbers")
}

/// Which object of a cluster: what stays the same whatever its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// `Stream` or `Consumer`.
    pub kind: &'static str,
    /// Its namespace, if its manifest names one.
    pub namespace: Option<String>,
    /// Its metadata.name.
    pub name: String,
}

const KIND_STREAM: &str = "Stream";
const KIND_CONSUMER: &str = "Consumer";

/// A resource and where its manifest stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file's name as given.
    pub file: String,
    /// Which of the file's documents, counted from 1 without empty ones.
    pub number: usize,
    /// Where it begins.
    pub place: Place,
    /// What it says, with the definition's defaults and without a status.
    pub resource: Resource,
    node: Node,
}

impl Document {
    /// The fields of the spec that the text states, without those that defaults filled in.
    pub fn stated(&self) -> BTreeSet<String> {
        let Some(NodeValue::Map(entries)) = self.node.get("spec").map(|node| &node.value) else {
            return BTreeSet::new();
        };
        let given = entries.iter().filter(|entry| entry.node.value != NodeValue::Null);
        given.map(|entry| entry.key.clone()).collect()
    }

    /// Something wrong with this document that only shows beside others.
    pub fn problem(&self, path: &str, message: String) -> Problem {
        Problem {
            file: self.file.clone(),
            place: self.node.place_of(path),
            document: Some(self.number),
            object: self.resource.label(),
            path: path.to_owned(),
            message,
        }
    }
}

/// The definitions of every kind, ready to hold manifests against. Making one compiles the rules, some milliseconds.
#[derive(Debug)]
pub struct Admission {
    kinds: [Kind; 2],
}

#[derive(Debug)]
struct Kind {
    word: &'static str,
    structure: Structure,
    rules: CompiledSchema,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new()
    }
}

impl Admission {
    /// Reads the definitions that this build carries.
    pub fn new() -> Self {
        let definitions = crd::definitions();
        Self { kinds: [KIND_STREAM, KIND_CONSUMER].map(|word| Kind::new(word, &definitions)) }
    }

    /// Reads the documents of one file.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(&self, file: &str, text: &str) -> Result<Vec<Document>, Problems> {
        self.read_all([(file, text)])
    }

    /// Reads the documents of several files, each a name and a text, as one set: no object and no name of the AWS API
    /// may be given twice.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read_all<'a>(&self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Document>, Problems> {
        let mut documents = Vec::new();
        let mut problems = Vec::new();
        for (file, text) in files {
            match yaml::read(text) {
                Ok(nodes) => {
                    for (index, node) in nodes.iter().enumerate() {
                        let document = self.document(file, index + 1, node);
                        document.map_or_else(|found| problems.extend(found), |document| documents.push(document));
                    }
                }
                Err(error) => problems.push(Problem {
                    file: file.to_owned(),
                    place: error.place,
                    document: None,
                    object: String::new(),
                    path: String::new(),
                    message: error.message,
                }),
            }
        }
        problems.extend(given_twice(&documents));
        Problems::or(problems, documents)
    }

    /// Checks a resource that came from no file, as a create.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn create(&self, resource: &Resource) -> Result<(), Problems> {
        self.check(resource, None)
    }

    /// Checks a resource against what it was before: the rules of create, and those that say what may change.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn update(&self, old: &Resource, new: &Resource) -> Result<(), Problems> {
        self.check(new, Some(old))
    }

    fn check(&self, resource: &Resource, old: Option<&Resource>) -> Result<(), Problems> {
        let value = resource.to_value();
        let kind = match resource {
            Resource::Stream(_) => &self.kinds[0],
            Resource::Consumer(_) => &self.kinds[1],
        };
        let findings = kind.admit(&Node::from(&value), old.map(Resource::to_value).as_ref()).err().unwrap_or_default();
        let label = resource.label();
        let problem = |finding: Finding| Problem {
            file: String::new(),
            place: finding.place,
            document: None,
            object: label.clone(),
            path: finding.path,
            message: finding.message,
        };
        Problems::or(findings.into_iter().map(problem).collect(), ())
    }

    fn document(&self, file: &str, number: usize, node: &Node) -> Result<Document, Vec<Problem>> {
        let resource = self.kind_of(node).and_then(|kind| kind.admit(node, None)?.try_into());
        let resource = resource.map_err(|findings| {
            let problem = |finding: Finding| Problem {
                file: file.to_owned(),
                place: finding.place,
                document: Some(number),
                object: label_of(node),
                path: finding.path,
                message: finding.message,
            };
            findings.into_iter().map(problem).collect::<Vec<_>>()
        })?;
        Ok(Document { file: file.to_owned(), number, place: node.place, resource, node: node.clone() })
    }

    /// The kind that a document says it is of.
    fn kind_of(&self, node: &Node) -> Result<&Kind, Vec<Finding>> {
        let NodeValue::Map(_) = node.value else {
            let message = format!("not a resource; a document begins with apiVersion: {API_VERSION}");
            return Err(vec![Finding { place: node.place, path: String::new(), message }]);
        };
        let mut findings = Vec::new();
        if node.text("apiVersion") != Some(API_VERSION) {
            findings.push(unread(node, "apiVersion", &[API_VERSION]));
        }
        let kind = self.kinds.iter().find(|kind| node.text("kind") == Some(kind.word));
        if kind.is_none() {
            findings.push(unread(node, "kind", &self.kinds.each_ref().map(|kind| kind.word)));
        }
        kind.filter(|_| findings.is_empty()).ok_or(findings)
    }
}

impl Kind {
    fn new(word: &'static str, definitions: &[CustomResourceDefinition]) -> Self {
        let definition = definitions.iter().find(|definition| definition.spec.names.kind == word);
        let mut schema = to_value(crd::schema_of(definition.expect("every kind has a definition")));
        let fields = &mut schema["properties"];
        fields["apiVersion"] = json!({ "type": "string" });
        fields["kind"] = json!({ "type": "string" });
        fields["metadata"] = metadata::schema();
        schema["required"] = json!(["metadata", "spec"]);
        let rules = compile_schema(&schema);
        Self { word, structure: Structure::new(schema), rules }
    }

    /// The document with defaults, once structure and rules find nothing wrong. As in the API server the rules are not
    /// asked about a document whose structure is wrong.
    fn admit(&self, node: &Node, old: Option<&Value>) -> Result<Admitted, Vec<Finding>> {
        let mut findings = Vec::new();
        let value = self.structure.check(node, &mut findings);
        if !findings.is_empty() {
            return Err(findings);
        }
        let violations = validate_compiled(&self.rules, &value, old).err().map(ValidationErrors::into_vec);
        let finding = |violation: ValidationError| Finding {
            place: node.place_of(&violation.field_path),
            path: violation.field_path,
            message: violation.message,
        };
        match violations {
            Some(violations) => Err(violations.into_iter().map(finding).collect()),
            None => Ok(Admitted { kind: self.word, value, place: node.place }),
        }
    }
}

/// A document that may become a resource.
struct Admitted {
    kind: &'static str,
    value: Value,
    place: Place,
}

impl TryFrom<Admitted> for Resource {
    type Error = Vec<Finding>;

    /// Its status is left behind: only what runs the stream writes that, as in a cluster.
    fn try_from(admitted: Admitted) -> Result<Self, Vec<Finding>> {
        let Admitted { kind, mut value, place } = admitted;
        value.as_object_mut().expect("an admitted document is a map").remove("status");
        let resource = match kind {
            KIND_STREAM => serde_json::from_value(value).map(Self::Stream),
            _ => serde_json::from_value(value).map(Self::Consumer),
        };
        // Reached by fields of metadata that the schema takes for text, such as a malformed creationTimestamp.
        resource.map_err(|error| vec![Finding { place, path: String::new(), message: error.to_string() }])
    }
}

/// A field that names what is not read here.
fn unread(node: &Node, field: &str, read: &[&str]) -> Finding {
    let accepted = read.join(" and ");
    let place = node.place_of(field);
    let message = match node.text(field) {
        None => format!("missing; read here: {accepted}"),
        Some(text) => match nearest(text, read.iter().copied()) {
            Some(near) => format!("{text:?} is not read here; did you mean {near}?"),
            None => format!("{text:?} is not read here; read here: {accepted}"),
        },
    };
    Finding { place, path: field.to_owned(), message }
}

/// Kind and name of a document that may be wrong in any way.
fn label_of(node: &Node) -> String {
    let kind = node.text("kind").unwrap_or_default();
    let name = node.get("metadata").and_then(|metadata| metadata.text("name")).unwrap_or_default();
    format!("{kind} {name}").trim().to_owned()
}

/// Every document whose object or AWS name an earlier one has.
fn given_twice(documents: &[Document]) -> Vec<Problem> {
    let mut seen: BTreeMap<(Option<String>, String), &Document> = BTreeMap::new();
    let mut problems = Vec::new();
    for document in documents {
        let resource = &document.resource;
        for (path, name) in [("metadata.name", resource.label()), ("spec", resource.aws_name())] {
            let key = (resource.namespace(), name.clone());
            let Some(first) = seen.get(&key).copied() else {
                seen.insert(key, document);
                continue;
            };
            let message = format!("{name} is already given at {}:{}", first.file, first.place.line);
            problems.push(document.problem(path, message));
            break;
        }
    }
    problems
}
