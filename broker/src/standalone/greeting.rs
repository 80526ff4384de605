//! The few lines of a start: where it listens, where data lies, which streams there are, what to try next.

use std::fmt::Write;
use std::io;

use forebay_gateway::catalog::{Catalog, Stream, StreamMode};

use super::catalog::{Applied, FileCatalog};
use super::settings::Settings;
use crate::cli::Durability;

/// Streams named one by one; of more only the number is said.
const STREAMS_NAMED: usize = 5;

/// Says it on standard output.
pub(super) fn print(settings: &Settings, catalog: &FileCatalog, applied: &[Applied]) {
    let text = text(settings, catalog, applied);
    // A closed standard output is no reason not to serve.
    let _ = io::Write::write_all(&mut io::stdout(), text.as_bytes());
}

fn text(settings: &Settings, catalog: &FileCatalog, applied: &[Applied]) -> String {
    let installation = catalog.installation();
    let streams = catalog.own_streams();
    let mut text = String::new();
    for applied in applied {
        let _ = writeln!(text, "{} {}", applied.label, applied.what);
    }
    let _ = writeln!(
        text,
        "Kinesis   http://{}   region {}, account {}",
        settings.listen, installation.region, installation.default_account
    );
    let _ = writeln!(text, "admin     http://{}   /healthz /readyz /metrics", settings.admin_listen);
    let _ = writeln!(text, "data      {}   {}", settings.data_dir.display(), durability(settings.durability));
    let _ = writeln!(text, "streams   {}", named(catalog, &streams));
    let served = streams.iter().find(|stream| catalog.is_served(stream));
    let first = served.map_or("orders", |stream| stream.arn.name.as_str());
    if served.is_none() && !streams.is_empty() {
        return text;
    }
    let _ = writeln!(text, "\nTry:");
    let region = &installation.region;
    let _ = if catalog.requires_signatures() {
        writeln!(text, "  export AWS_DEFAULT_REGION={region}   # and the access key that requests are signed with")
    } else {
        writeln!(text, "  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION={region}")
    };
    if served.is_none() {
        let _ = writeln!(
            text,
            "  aws --endpoint-url http://{} kinesis create-stream --stream-name {first} --shard-count 4",
            settings.listen
        );
    }
    let _ = writeln!(
        text,
        "  aws --endpoint-url http://{} kinesis put-record --stream-name {first} --partition-key a --data aGVsbG8=",
        settings.listen
    );
    text
}

fn durability(durability: Durability) -> &'static str {
    match durability {
        Durability::Disk => "every acknowledged record is on disk",
        Durability::Memory => "NOT durable: acknowledged records are in memory (--durability memory)",
    }
}

fn named(catalog: &FileCatalog, streams: &[std::sync::Arc<Stream>]) -> String {
    if streams.is_empty() {
        return "none yet".to_owned();
    }
    let name = |stream: &std::sync::Arc<Stream>| match stream.mode {
        _ if !catalog.is_served(stream) => format!("{} (does not serve: see /readyz)", stream.arn.name),
        StreamMode::Provisioned => stream.arn.name.to_string(),
        StreamMode::OnDemand => format!("{} (on demand)", stream.arn.name),
    };
    let mut names: Vec<_> = streams.iter().take(STREAMS_NAMED).map(name).collect();
    if streams.len() > STREAMS_NAMED {
        names.push(format!("… {} in all", streams.len()));
    }
    names.join(", ")
}
