//! Reading a body: whole, within its length, no slower than it may be, hashed on the way if its signature wants it;
//! or reading it away, so that a client that is still sending sees the answer it has got.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use super::bounds::Bounds;

/// Whether a body's SHA-256 is wanted: it costs more than reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// A signature is to be verified.
    Sha256,
    /// No signature is asked for.
    None,
}

/// A whole body.
#[derive(Debug)]
pub(super) struct Whole {
    /// Contiguous; as it was received if it came in one piece.
    pub(super) bytes: Bytes,
    /// If it was wanted.
    pub(super) sha256: Option<[u8; 32]>,
}

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// It goes on beyond the longest a body may be.
    TooLarge,
    /// It comes more slowly than it may.
    TooSlow,
    /// The client closed or broke it before its end.
    Broken,
}

/// Reads a body of `length` bytes, or of an unknown number.
pub(super) async fn read(
    body: &mut Incoming,
    length: Option<u64>,
    hash: Hash,
    bounds: &Bounds,
) -> Result<Whole, BodyFault> {
    let begun = Instant::now();
    let mut gathered = Gathered::new(length, hash);
    loop {
        let due = begun + bounds.body_due(gathered.received());
        let frame = timeout_at(due, body.frame()).await.map_err(|_| BodyFault::TooSlow)?;
        let Some(frame) = frame else { return gathered.finish() };
        let frame = frame.map_err(|_| BodyFault::Broken)?;
        // Trailers mean nothing to this API.
        if let Ok(data) = frame.into_data() {
            gathered.add(data);
            if gathered.received() > bounds.body_bytes_max {
                return Err(BodyFault::TooLarge);
            }
            if body.is_end_stream() {
                return gathered.finish();
            }
        }
    }
}

/// Reads a body away: at most as much as a body may be, and no longer than `discard_max`.
pub(super) async fn discard(mut body: Incoming, bounds: &Bounds) {
    let until = Instant::now() + bounds.discard_max;
    let mut dropped = 0;
    while let Ok(Some(Ok(frame))) = timeout_at(until, body.frame()).await {
        dropped += frame.data_ref().map_or(0, |data| data.len() as u64);
        if dropped > bounds.body_bytes_max {
            return;
        }
    }
}

/// What has arrived of a body.
struct Gathered {
    length: Option<u64>,
    pieces: Pieces,
    hasher: Option<Sha256>,
}

enum Pieces {
    None,
    /// The only one so far: copied only if a second one comes.
    One(Bytes),
    Joined(Vec<u8>),
}

impl Gathered {
    fn new(length: Option<u64>, hash: Hash) -> Self {
        let hasher = match hash {
            Hash::Sha256 => Some(Sha256::new()),
            Hash::None => None,
        };
        Self { length, pieces: Pieces::None, hasher }
    }

    fn received(&self) -> u64 {
        match &self.pieces {
            Pieces::None => 0,
            Pieces::One(piece) => piece.len() as u64,
            Pieces::Joined(joined) => joined.len() as u64,
        }
    }

    fn add(&mut self, piece: Bytes) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&piece);
        }
        self.pieces = match std::mem::replace(&mut self.pieces, Pieces::None) {
            Pieces::None => Pieces::One(piece),
            Pieces::One(first) => {
                let length = self.length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
                let mut joined = Vec::with_capacity(length.max(first.len() + piece.len()));
                joined.extend_from_slice(&first);
                joined.extend_from_slice(&piece);
                Pieces::Joined(joined)
            }
            Pieces::Joined(mut joined) => {
                joined.extend_from_slice(&piece);
                Pieces::Joined(joined)
            }
        };
    }

    fn finish(self) -> Result<Whole, BodyFault> {
        if self.length.is_some_and(|length| length != self.received()) {
            return Err(BodyFault::Broken);
        }
        let bytes = match self.pieces {
            Pieces::None => Bytes::new(),
            Pieces::One(piece) => piece,
            Pieces::Joined(joined) => joined.into(),
        };
        Ok(Whole { bytes, sha256: self.hasher.map(|hasher| hasher.finalize().into()) })
    }
}
