//! Every decoder against bytes nobody wrote: random ones, and valid ones with some bytes changed or cut off.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::entry::{Chunk, Entry, Identity, LaneEnd, Owner, Position, Request, Section};

/// Decodes as everything. What is decoded is walked, as its users do.
fn decode_all(bytes: &[u8]) {
    for salt in [0, 7, u64::from_le_bytes(bytes.get(12..20).and_then(|salt| salt.try_into().ok()).unwrap_or_default())]
    {
        if let Ok(frame) = Frame::parse(bytes, salt) {
            let _ = frame.check_bodies();
            assert!(frame.bodies().all(|(_, at, body)| at + body.len() <= bytes.len()));
            assert_eq!(frame.requests().len() as u64, u64::from(frame.header.requests));
        }
        let _ = parse_tables(bytes, salt);
    }
    let _ = (SegmentHeader::decode(bytes), decode_hard_state(bytes), Snapshot::decode(bytes), FileKind::of(bytes));
    for size_bytes in [bytes.len() as u64, 4096, u64::MAX] {
        let from = bytes.len().saturating_sub(TRAILER_BYTES);
        if let Some(trailer) = Trailer::decode(&bytes[from..], size_bytes) {
            decode_footer(bytes, &trailer);
        }
    }
}

fn decode_footer(bytes: &[u8], trailer: &Trailer) {
    let part = |extent: Extent| {
        let from = usize::try_from(extent.offset).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(extent.length_bytes).unwrap_or(usize::MAX);
        &bytes[from..from.saturating_add(length).min(bytes.len())]
    };
    for lane in trailer.decode_lanes(part(trailer.lanes_extent())).into_iter().flatten() {
        let _ = decode_rows(part(trailer.rows_extent(&lane)), &lane);
    }
    let _ = trailer.decode_requests(part(trailer.requests_extent()));
    let _ = trailer.decode_state(part(trailer.state_extent()));
}

/// One valid encoding of each kind.
fn valid() -> Vec<Vec<u8>> {
    let body = Bytes::from_static(b"a body");
    let crc32c = crate::crc32c(&body);
    let (time_ms, codec, flags, key_id) = (9, 0, 0, 0);
    let chunk =
        Chunk { lane: 1, first_counter: 2, count: 3, time_ms, crc32c, codec, flags, key_id, body: body.clone() };
    let stamp = Stamp { salt: 7, term: 1, index: 2, committed: 1, durable: 1 };
    let requests = [Request { id: 5, first_chunk: 0, chunks: 1 }];
    let mut frame = Vec::new();
    encode_tables(&mut frame, &Entry::Records { requests: &requests, chunks: &[chunk] }, stamp);
    frame.extend_from_slice(&body);

    let (owner, range, last) = (Owner::Stream, Identity([1; 16]), Position { term: 1, index: 2 });
    let header = SegmentHeader { owner, range, salt: 7, previous: last, term: 1, vote: None };
    let (node, incarnation) = (range, range);
    let hard_state = HardState { owner, initialised: true, node, range, incarnation, term: 1, vote: None };
    let lanes = vec![(1, LaneEnd::default())];
    let state = vec![Section { id: 1, version: 1, bytes: body.clone() }];
    let snapshot = Snapshot { owner, range, last, lanes, state };
    let row = Row { first_counter: 2, time_ms, count: 3, offset: 0, length_bytes: 6, crc32c, codec, flags, key_id };
    let rows = [row];
    let footer = FooterParts {
        salt: 7,
        first_index: 1,
        last,
        frames_end: 0,
        counts: Counts::default(),
        lanes: vec![(1, LaneEnd::default(), &rows)],
        requests: &[RequestRow { id: 5, index: 2, frame_offset: 0, first_chunk: 0, chunks: 1 }],
        state: &[StoredSection { id: 1, version: 1, content: Content::Full(body) }],
    };
    vec![frame, header.encode(), encode_hard_state(&hard_state, 1), snapshot.encode(), footer.encode().0]
}

proptest! {
    #[test]
    fn random_bytes_are_decoded_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        decode_all(&bytes);
    }

    #[test]
    fn changed_and_cut_encodings_are_decoded_or_refused(
        which in 0..5_usize,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = valid().swap_remove(which);
        decode_all(&bytes);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        decode_all(&bytes);
    }
}
