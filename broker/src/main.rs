//! `forebay`: Amazon Kinesis for Kubernetes. Parses what was asked, then hands over to the part that does it.

mod admin;
mod allocator;
mod cli;
mod clock;
mod expiry_clock;
mod log_dump;
mod logging;
mod machine;
mod metrics;
mod random;
mod range;
mod standalone;
mod volume;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let asked = cli::Forebay::parse();
    match asked.command {
        cli::Command::Standalone(options) => {
            allocator::settle();
            standalone::main(*options)
        }
        cli::Command::Log(cli::Log { command: cli::LogCommand::Dump(dump) }) => log_dump::main(&dump),
    }
}
