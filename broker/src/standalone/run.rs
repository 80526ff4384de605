//! The process from its start to its end: what is opened before what, and what is closed before what.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use forebay_gateway::actions::Actions;
use forebay_gateway::front_door::{self, FrontDoor};
use forebay_log::{Disk, ReadCache, RealDisk, SegmentSizes};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

use super::catalog::{AppliedFile, ApplyError, FileCatalog, Files, Reservations, StartError, Workshop};
use super::data_dir::{DataDir, DataDirError};
use super::greeting;
use super::manifests::{self, ManifestError};
use super::settings::Settings;
use super::surroundings::surroundings;
use super::{iterator_keys, upkeep};
use crate::admin::{self, Admin};
use crate::cli;
use crate::expiry_clock::ExpiryClock;
use crate::machine::{Machine, RealMachine};
use crate::metrics::Metrics;
use crate::range::{Causes, Environment, Host};
use crate::volume::VolumeWatch;

/// Why the process does not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error("cannot measure the volume of {path}")]
    Volume { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Catalog(#[from] StartError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("cannot listen on {address}; choose another address or port with {option}")]
    Listen { address: SocketAddr, option: &'static str, source: io::Error },
    #[error("cannot watch signals")]
    Signals(#[source] io::Error),
}

/// Footers of closed segments kept in memory, and files of theirs kept open, for all ranges together.
const FOOTER_CACHE_BYTES: usize = 8 << 20;
const OPEN_FILES: usize = 256;

/// Runs until SIGTERM or ctrl-C.
pub(super) fn run(mut settings: Settings) -> Result<(), RunError> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(RunError::Runtime)?;
    let data_dir = DataDir::open(&settings.data_dir)?;
    let documents = manifests::read(&settings.filenames)?;
    // Before the first start records anything: who is refused here may mean another region or account.
    let ports = Ports::bind(&mut settings)?;
    let installed = install(&settings, &data_dir, &runtime)?;
    let keys = iterator_keys::load(&data_dir.iterator_keys())?;
    let outcome = runtime.block_on(serve(settings, ports, installed, keys, documents));
    // What still waits for a disk may finish; nobody waits for it.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    drop(data_dir);
    outcome
}

/// A range keeps two or three files open.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if setrlimit(Resource::Nofile, raised).is_err() {
        tracing::debug!(?limit, "the limit of open files stays as it is");
    }
}

/// What serves once it is given a port.
struct Installed {
    catalog: FileCatalog,
    host: Host,
    environment: Arc<Environment>,
    metrics: Arc<Metrics>,
}

fn install(settings: &Settings, data_dir: &DataDir, runtime: &Runtime) -> Result<Installed, RunError> {
    let installation = data_dir.installation(settings.region.as_deref(), settings.account)?;
    let metrics = Arc::new(Metrics::new());
    let volume =
        RealDisk.volume(&data_dir.ranges()).map_err(|source| RunError::Volume { path: data_dir.ranges(), source })?;
    let machine: Arc<dyn Machine> = Arc::new(RealMachine::new(runtime.handle().clone()));
    let environment = Arc::new(Environment {
        disk: RealDisk,
        directory: data_dir.ranges(),
        durability: match settings.durability {
            cli::Durability::Disk => forebay_log::Durability::Disk,
            cli::Durability::Memory => forebay_log::Durability::Memory,
        },
        sizes: SegmentSizes::default(),
        cache: ReadCache::new(FOOTER_CACHE_BYTES, OPEN_FILES),
        metrics: Arc::clone(&metrics),
        volume: VolumeWatch::start(volume),
        expiry: ExpiryClock::start(machine.now()),
        machine,
    });
    let host = Host::new(Arc::clone(&environment));
    let credentials = settings.credentials.resolve(installation.default_account);
    let workshop = Arc::new(Workshop {
        installation,
        files: Files::new(RealDisk, data_dir.catalog()),
        applied: AppliedFile::new(RealDisk, data_dir.applied()),
        host: host.clone(),
        environment: Arc::clone(&environment),
        limits: settings.limits,
        shard_limit: settings.shard_limit,
        reservations: Reservations::default(),
    });
    let catalog = FileCatalog::start(workshop, credentials)?;
    Ok(Installed { catalog, host, environment, metrics })
}

async fn serve(
    settings: Settings,
    ports: Ports,
    installed: Installed,
    keys: forebay_protocol::iterator::IteratorKeys,
    documents: Vec<forebay_api::manifest::Document>,
) -> Result<(), RunError> {
    let Installed { catalog, host, environment, metrics } = installed;
    let (listener, admin_listener) = ports.listen(&settings)?;
    let stop = stop_signal().map_err(RunError::Signals)?;
    let applied = catalog.apply(documents).await?;
    let actions = Actions::new(host.clone(), catalog.clone(), keys);
    let durability = match settings.durability {
        cli::Durability::Disk => front_door::Durability::Disk,
        cli::Durability::Memory => {
            warn!("durability is memory: a crash of the machine loses acknowledged records");
            metrics.durability_memory.set(1);
            front_door::Durability::Memory
        }
    };
    let surroundings = surroundings(Arc::clone(&metrics));
    let door = Arc::new(FrontDoor::new(actions, settings.bounds.clone(), durability, surroundings));
    let status = Status {
        host: host.clone(),
        environment: Arc::clone(&environment),
        metrics: Arc::clone(&metrics),
        durability: settings.durability,
    };
    let background = [
        tokio::spawn(admin::serve(admin_listener, Arc::new(status))),
        tokio::spawn(upkeep::watch_volume(environment, host.clone(), Arc::clone(&door), Arc::clone(&metrics))),
        tokio::spawn(upkeep::maintain(host.clone(), catalog.clone(), Arc::clone(&metrics), settings.data_dir.clone())),
        tokio::spawn(apply_again(settings.filenames.clone(), catalog.clone()).map_err(RunError::Signals)?),
    ];
    greeting::print(&settings, &catalog, &applied);
    front_door::serve(listener, door, stop).await;
    for task in background {
        task.abort();
    }
    let closed = tokio::task::spawn_blocking(move || {
        host.serving().iter().for_each(|range| range.close("the process is stopping"));
    });
    if closed.await.is_err() {
        error!("ranges not closed");
    }
    info!("stopped");
    Ok(())
}

/// Connections that wait to be accepted; what the standard library asks for as well.
const BACKLOG: u32 = 1024;

/// The process's own ports, where nobody is answered yet: a client that comes too early is refused, and tries again.
struct Ports {
    api: TcpSocket,
    admin: TcpSocket,
}

impl Ports {
    /// Takes the addresses; a port 0 becomes the one that the system chose.
    fn bind(settings: &mut Settings) -> Result<Self, RunError> {
        let api = bind(&mut settings.listen).map_err(refused(settings.listen, LISTEN))?;
        let admin = bind(&mut settings.admin_listen).map_err(refused(settings.admin_listen, ADMIN_LISTEN))?;
        Ok(Self { api, admin })
    }

    /// Lets clients in.
    fn listen(self, settings: &Settings) -> Result<(TcpListener, TcpListener), RunError> {
        let api = self.api.listen(BACKLOG).map_err(refused(settings.listen, LISTEN))?;
        let admin = self.admin.listen(BACKLOG).map_err(refused(settings.admin_listen, ADMIN_LISTEN))?;
        Ok((api, admin))
    }
}

const LISTEN: &str = "--listen";
const ADMIN_LISTEN: &str = "--admin-listen";

fn refused(address: SocketAddr, option: &'static str) -> impl Fn(io::Error) -> RunError {
    move |source| RunError::Listen { address, option, source }
}

fn bind(address: &mut SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of the process before may still be ending.
    socket.set_reuseaddr(true)?;
    socket.bind(*address)?;
    *address = socket.local_addr()?;
    Ok(socket)
}

/// What a shell reports of a process that ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// Resolves at SIGTERM or SIGINT. A second SIGINT ends the process: what is acknowledged is durable already.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: running requests finish, no new ones are taken"),
            _ = interrupt.recv() => info!("interrupted: running requests finish, no new ones are taken; again to stop now"),
        }
        tokio::spawn(async move {
            interrupt.recv().await;
            warn!("interrupted again: stopped at once");
            std::process::exit(EXIT_INTERRUPTED);
        });
    })
}

/// Applies the files of -f at every SIGHUP. What is wrong with them is logged, and nothing changes.
fn apply_again(filenames: Vec<PathBuf>, catalog: FileCatalog) -> io::Result<impl Future<Output = ()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            let documents = match manifests::read(&filenames) {
                Ok(documents) => documents,
                Err(refused) => {
                    error!(error = %Causes(&refused), "SIGHUP: manifests not applied");
                    continue;
                }
            };
            match catalog.apply(documents).await {
                Ok(applied) => applied.iter().for_each(|applied| info!("SIGHUP: {} {}", applied.label, applied.what)),
                Err(refused) => error!(error = %Causes(&refused), "SIGHUP: manifests not applied"),
            }
        }
    })
}

/// What the admin port answers from.
struct Status {
    host: Host,
    environment: Arc<Environment>,
    metrics: Arc<Metrics>,
    durability: cli::Durability,
}

impl Admin for Status {
    /// One range that is down takes nothing from the others, so the process goes on getting requests.
    fn not_ready(&self) -> Option<String> {
        None
    }

    fn notes(&self) -> Vec<String> {
        let down = self.host.down().into_iter().map(|(range, why)| format!("range {range} does not serve: {why}"));
        let memory = (self.durability == cli::Durability::Memory)
            .then(|| "durability: memory (acknowledged records do not survive a crash of the machine)".to_owned());
        let volume = &self.environment.volume;
        let full = volume.is_low().then(|| {
            format!(
                "the volume is nearly full ({} bytes free): puts are refused until there is room",
                volume.free_bytes()
            )
        });
        memory.into_iter().chain(full).chain(down).collect()
    }

    fn metrics(&self) -> Vec<u8> {
        self.metrics.text()
    }
}
