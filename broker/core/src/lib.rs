//! What a range decides; forbids I/O, clocks, tasks and locks.
