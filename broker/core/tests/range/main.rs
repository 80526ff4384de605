//! A range from outside: commands in, changes out, logged, applied and replayed.

mod replay;
mod reshard;
mod rig;
mod time;
