//! Operations that are not implemented.

use forebay_protocol::api::{Operation, Support};
use serde_json::json;

use crate::world::World;

#[test]
fn an_absent_operation_answers_an_error_that_names_it() {
    let world = World::with_orders(1);
    let absent: Vec<_> = Operation::ALL.iter().filter(|operation| operation.support() == Support::Absent).collect();
    assert_eq!(absent.len(), 26);
    for operation in absent {
        let (code, text) = world.ask(*operation, json!({"StreamName": "orders"})).expect_err("absent");
        assert_eq!(code, "UnknownOperationException");
        assert!(text.contains(operation.name()), "{text}");
    }
}
