//! A set of manifests given again: which objects to make and which to change. A document that is gone deletes nothing,
//! and what an API call deleted stays deleted until its document changes.

use std::collections::BTreeMap;

use forebay_api::manifest::{Admission, Document, ObjectKey, Problem, Problems, Resource};

use crate::merge::{self, Conflict, Last};

/// Objects by what names them.
pub type Objects = BTreeMap<ObjectKey, Resource>;

/// What a document changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which object.
    pub key: ObjectKey,
    /// What becomes of it.
    pub change: Change,
    /// What of the document does not act.
    pub conflicts: Vec<Conflict>,
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is new.
    Create(Resource),
    /// It becomes this.
    Update(Resource),
    /// Its document changes nothing of it.
    Unchanged,
    /// An API call deleted it, and its document says what it said before.
    StaysDeleted,
}

/// What a set of documents changes of the objects in force, given what was last applied of each. One outcome a
/// document, in their order; the caller then keeps each document's resource as what was last applied.
///
/// # Errors
/// Everything that the definitions' rules refuse, and names of the AWS API that other objects have. Nothing of the set
/// is to be carried out then.
pub fn apply(
    admission: &Admission,
    documents: &[Document],
    last: &Objects,
    current: &Objects,
) -> Result<Vec<Outcome>, Problems> {
    let mut outcomes = Vec::new();
    let mut problems = Vec::new();
    for document in documents {
        let key = document.resource.key();
        match outcome(admission, document, last.get(&key), current.get(&key)) {
            Ok((change, conflicts)) => {
                problems.extend(taken_name(document, &change, current));
                outcomes.push(Outcome { key, change, conflicts });
            }
            Err(found) => problems.extend(found),
        }
    }
    Problems::or(problems, outcomes)
}

fn outcome(
    admission: &Admission,
    document: &Document,
    last: Option<&Resource>,
    current: Option<&Resource>,
) -> Result<(Change, Vec<Conflict>), Vec<Problem>> {
    let new = &document.resource;
    // Judged as a cluster would, where the object still is what was last applied.
    if let Some(last) = last.filter(|_| current.is_some()) {
        located(document, admission.update(last, new))?;
    }
    match (last, current) {
        (Some(last), None) if same_intent(last, new) => Ok((Change::StaysDeleted, Vec::new())),
        (_, None) => Ok((Change::Create(new.clone()), Vec::new())),
        (last, Some(current)) => {
            let (merged, conflicts) = merged(document, last, current);
            if same_intent(&merged, current) {
                return Ok((Change::Unchanged, conflicts));
            }
            located(document, admission.update(current, &merged))?;
            Ok((Change::Update(merged), conflicts))
        }
    }
}

/// The object as it is in force, with what its document changes of the spec.
fn merged(document: &Document, last: Option<&Resource>, current: &Resource) -> (Resource, Vec<Conflict>) {
    let stated = document.stated();
    match (&document.resource, current) {
        (Resource::Stream(new), Resource::Stream(current)) => {
            let last = match last {
                Some(Resource::Stream(last)) => Last::Applied(&last.spec),
                _ => Last::Never { stated: &stated },
            };
            let merged = merge::stream(&last, &new.spec, &current.spec);
            let mut object = current.clone();
            object.spec = merged.spec;
            (Resource::Stream(object), merged.conflicts)
        }
        (Resource::Consumer(new), Resource::Consumer(current)) => {
            let last = match last {
                Some(Resource::Consumer(last)) => Last::Applied(&last.spec),
                _ => Last::Never { stated: &stated },
            };
            let mut object = current.clone();
            object.spec = merge::consumer(&last, &new.spec, &current.spec);
            (Resource::Consumer(object), Vec::new())
        }
        _ => unreachable!("an object's key holds its kind"),
    }
}

fn same_intent(a: &Resource, b: &Resource) -> bool {
    match (a, b) {
        (Resource::Stream(a), Resource::Stream(b)) => a.spec == b.spec,
        (Resource::Consumer(a), Resource::Consumer(b)) => a.spec == b.spec,
        _ => false,
    }
}

/// A new object must not name a stream or consumer of AWS that another object is.
fn taken_name(document: &Document, change: &Change, current: &Objects) -> Option<Problem> {
    let Change::Create(new) = change else { return None };
    let holds = |other: &&Resource| other.namespace() == new.namespace() && other.aws_name() == new.aws_name();
    let other = current.values().find(holds)?;
    let message = format!("{} is there already, as {}", new.aws_name(), other.label());
    Some(document.problem("metadata.name", message))
}

/// Gives what is wrong with a resource the place of its document.
fn located(document: &Document, checked: Result<(), Problems>) -> Result<(), Vec<Problem>> {
    let at = |problem: Problem| document.problem(&problem.path, problem.message);
    checked.map_err(|problems| problems.into_vec().into_iter().map(at).collect())
}
