//! Tests that hold the whole project; forbids being depended on.
