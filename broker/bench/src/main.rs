//! `forebay-bench`: load over the AWS wire against any Kinesis endpoint, and what the work behind it unavoidably costs
//! on this machine. It links nothing of the broker: what it measures, it measures from outside.

mod clock;
mod cpu_pin;
mod http;
mod load;
mod random;
mod roofline;
mod unread;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use load::Create;
use load::arguments::{LoadArguments, Output};
use roofline::arguments::RooflineArguments;
use unread::UnreadArguments;

/// Measures Kinesis endpoints.
#[derive(Debug, Parser)]
#[command(name = "forebay-bench", version, max_term_width = 120)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put or get records as fast as answers come, or at a given rate.
    Load(Box<LoadArguments>),
    /// Measure what the unavoidable work costs on this machine: the ceiling of any durable server of this API.
    Roofline(RooflineArguments),
    /// Push puts of 10 MiB over many connections and never read an answer.
    Unread(UnreadArguments),
}

type AnyError = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let done = match Line::parse().command {
        Command::Load(arguments) => run_load(&arguments),
        Command::Roofline(arguments) => run_roofline(&arguments),
        Command::Unread(arguments) => run_unread(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "forebay-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_load(arguments: &LoadArguments) -> Result<(), AnyError> {
    let plan = arguments.plan()?;
    if let Some(cpu) = arguments.pin_cpu {
        cpu_pin::pin_to(cpu).map_err(|error| format!("--pin-cpu {cpu}: {error}"))?;
    }
    let create = if arguments.target.create { Create::Missing } else { Create::Nothing };
    let report = load::run(&plan, create)?;
    print(arguments.output, &report, report.text())
}

fn run_roofline(arguments: &RooflineArguments) -> Result<(), AnyError> {
    let report = roofline::run(arguments)?;
    print(arguments.output, &report, report.text())
}

fn run_unread(arguments: &UnreadArguments) -> Result<(), AnyError> {
    let pushed = unread::push(arguments)?;
    print(arguments.output, &pushed, pushed.text())
}

fn print(output: Output, report: &impl serde::Serialize, text: String) -> Result<(), AnyError> {
    let text = match output {
        Output::Text => text,
        Output::Json => serde_json::to_string(report)? + "\n",
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}
