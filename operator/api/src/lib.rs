//! The custom resources; forbids I/O, a Kubernetes client and an async runtime.
