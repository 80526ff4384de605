//! The AWS wire onto `Ranges` and `Catalog`; forbids knowing how either stores anything.
