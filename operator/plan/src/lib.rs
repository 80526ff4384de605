//! From (spec, observed) to steps; forbids I/O, clocks and the Kubernetes client.
