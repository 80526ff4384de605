//! A range from outside: commands in, changes out, logged, applied and replayed.

mod reshard;
mod rig;
