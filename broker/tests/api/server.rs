//! A server of a test's own: the built binary on a free port and an empty directory, killed when the test ends.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::{BehaviorVersion, Config, Credentials, Region};
use rustix::process::{Pid, Signal, kill_process};

/// The account, the region and the only credentials that the server is started with.
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Below those that Linux gives to clients.
const PORTS: Range<u16> = 10_000..30_000;

/// Polls, 20 ms apart, until what is waited for must have come: 20 s, for machines that are busy with other tests.
const POLLS: u32 = 1000;
const POLL: Duration = Duration::from_millis(20);

/// What a test adds to the command of its server, at each start of it.
type Options = Box<dyn Fn(&mut Command) + Send>;

pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    admin_address: SocketAddr,
    directory: tempfile::TempDir,
    options: Options,
}

impl Server {
    /// A server on an empty directory, without throughput limits, that verifies signatures.
    pub(crate) fn start() -> Self {
        Self::start_with_limits("off")
    }

    /// The same with `--limits` as given.
    pub(crate) fn start_with_limits(limits: &'static str) -> Self {
        Self::start_with(move |command| {
            command.args(["--limits", limits]);
        })
    }

    /// A server on an empty directory that takes requests of anybody, as one without credentials does.
    pub(crate) fn open_to_anybody(options: impl Fn(&mut Command) + Send + 'static) -> Self {
        Self::start_with(move |command| {
            command.env_remove("FOREBAY_ACCESS_KEY_ID").env_remove("FOREBAY_SECRET_ACCESS_KEY");
            options(command);
        })
    }

    /// A server on an empty directory with options of the test's own.
    pub(crate) fn start_with(options: impl Fn(&mut Command) + Send + 'static) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let (address, admin_address) = (free_address(), free_address());
        let options: Options = Box::new(options);
        let process = spawn(directory.path(), address, admin_address, &options);
        let mut server = Self { process, address, admin_address, directory, options };
        server.wait_until_it_listens();
        server
    }

    /// Kills the server without warning, as a power cut would end the process, and starts it on the same directory.
    pub(crate) fn kill_and_restart(&mut self) {
        self.process.kill().expect("our child can be killed");
        self.process.wait().expect("our child can be waited for");
        self.process = spawn(self.directory.path(), self.address, self.admin_address, &self.options);
        self.wait_until_it_listens();
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("our child can be sent a signal");
    }

    /// Whether the process has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.process.try_wait().expect("our child can be asked").is_none()
    }

    /// How the process ended, once it has.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        for _ in 0..POLLS {
            if let Some(status) = self.process.try_wait().expect("our child can be asked") {
                return status;
            }
            std::thread::sleep(POLL);
        }
        panic!("the server does not end");
    }

    /// Where the Kinesis API listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health and metrics are.
    pub(crate) fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// A client as a user makes one, that reports the first refusal instead of trying again.
    pub(crate) fn client(&self) -> Client {
        self.client_with(REGION, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    }

    /// The same with a region and credentials that the server may not know.
    pub(crate) fn client_with(&self, region: &'static str, access_key_id: &str, secret: &str) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", self.address))
            .region(Region::new(region))
            .credentials_provider(Credentials::new(access_key_id, secret, None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    fn wait_until_it_listens(&mut self) {
        for _ in 0..POLLS {
            // A connection alone says nothing: a child that another test is just starting may still hold the socket by which
            // the port was found to be free.
            if is_healthy(self.admin_address).unwrap_or(false) {
                return;
            }
            let ended = self.process.try_wait().expect("our child can be asked");
            assert!(ended.is_none(), "the server ended with {ended:?}:\n{}", self.log());
            std::thread::sleep(POLL);
        }
        panic!("the server does not listen on {}:\n{}", self.address, self.log());
    }

    /// What the server has said so far, on standard output and standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "shown with the output of the test that failed")]
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

/// Whether the process that serves the admin port answers.
fn is_healthy(admin: SocketAddr) -> io::Result<bool> {
    let mut connection = TcpStream::connect(admin)?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    connection.read_exact(&mut answer)?;
    Ok(&answer == b"HTTP/1.1 200")
}

/// Polls until a condition holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..POLLS {
        if holds() {
            return;
        }
        std::thread::sleep(POLL);
    }
    panic!("not in time: {what}");
}

/// The command of a server: its own data directory and log, the test's credentials, and what the test adds.
pub(crate) fn command(directory: &Path, address: SocketAddr, admin_address: SocketAddr) -> Command {
    let log = File::options().create(true).append(true).open(directory.join("log")).expect("a log can be made");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command
        .arg("standalone")
        .arg("--data-dir")
        .arg(directory.join("data"))
        .args(["--listen", &address.to_string(), "--admin-listen", &admin_address.to_string()])
        .args(["--region", REGION, "--account", ACCOUNT])
        .env("FOREBAY_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("FOREBAY_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file handle can be copied"))
        .stderr(log);
    command
}

fn spawn(directory: &Path, address: SocketAddr, admin_address: SocketAddr, options: &Options) -> Child {
    let mut command = command(directory, address, admin_address);
    options(&mut command);
    command.spawn().expect("the built binary starts")
}

/// A port of loopback that nobody listens on now, and that no other call gives. Not one the system would choose: those
/// it also gives to the clients of other tests before the server has bound it.
pub(crate) fn free_address() -> SocketAddr {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(64);
    for _ in PORTS {
        let offset = first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(offset).expect("an offset into ports fits a port");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port of {PORTS:?} is free");
}
