//! The admin port: whether the process lives, whether it serves, and what it counts. No record and no secret passes here.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// What the admin port answers from.
pub(crate) trait Admin: Send + Sync + 'static {
    /// Why this process should not get requests now; none if it should.
    fn not_ready(&self) -> Option<String>;
    /// What a person should know all the same, such as a durability that is none.
    fn notes(&self) -> Vec<String>;
    /// All metrics in Prometheus's text format.
    fn metrics(&self) -> Vec<u8>;
}

/// Connections at once: a scraper, two kinds of probe and a person, several times over.
const CONNECTIONS_MAX: usize = 32;
/// A header that takes longer than this is nobody's probe.
const HEADER_SECONDS_MAX: u64 = 5;

/// Serves until the task is dropped.
pub(crate) async fn serve<A: Admin>(listener: TcpListener, admin: Arc<A>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let permit = Arc::clone(&connections).acquire_owned().await.expect("the semaphore is never closed");
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "admin connection not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let admin = Arc::clone(&admin);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&*admin, &request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(std::time::Duration::from_secs(HEADER_SECONDS_MAX))
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

fn answer(admin: &impl Admin, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "GET only\n".into());
    }
    match request.uri().path() {
        "/healthz" => text(StatusCode::OK, "ok\n".into()),
        "/readyz" => readiness(admin),
        "/metrics" => {
            let mut response = text(StatusCode::OK, admin.metrics());
            let format = http::HeaderValue::from_static("text/plain; version=0.0.4");
            response.headers_mut().insert(http::header::CONTENT_TYPE, format);
            response
        }
        _ => text(StatusCode::NOT_FOUND, "there are /healthz, /readyz and /metrics\n".into()),
    }
}

fn readiness(admin: &impl Admin) -> Response<Full<Bytes>> {
    let mut lines = admin.notes();
    let (status, first) =
        admin.not_ready().map_or((StatusCode::OK, "ok".to_owned()), |why| (StatusCode::SERVICE_UNAVAILABLE, why));
    lines.insert(0, first);
    text(status, (lines.join("\n") + "\n").into_bytes())
}

fn text(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
