//! Bodies from the disk: chunks that lie near each other come in one read, none drags a far one along.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::checksum::crc32c;
use crate::disk::{Disk, read_vec_at};
use crate::entry::Chunk;
use crate::error::{Damage, DiskError, ReadError};
use crate::format::Row;
use crate::mutation;
use crate::segment::Shared;

use super::lookup::Place;

/// Bytes between two chunks worth reading along: what a disk transfers in the time a second read takes to start.
const GAP_BYTES: u64 = 16 << 10;
/// The most one read takes for several chunks; a larger chunk is a read of its own.
const RUN_BYTES: u64 = 1 << 20;

/// Reads and checks the bodies of the chunks, which are of one lane and in order.
pub(super) fn chunks<D: Disk>(shared: &Shared<D>, lane: u32, mut places: &[Place<D>]) -> Result<Vec<Chunk>, ReadError> {
    let mut chunks = Vec::with_capacity(places.len());
    while !places.is_empty() {
        let (run, rest) = places.split_at(run_length(places));
        for (place, body) in run.iter().zip(read_run(shared, run)?) {
            chunks.push(checked(lane, place, body)?);
        }
        places = rest;
    }
    Ok(chunks)
}

/// How many chunks from the first on come in one read; at least one.
fn run_length<D: Disk>(places: &[Place<D>]) -> usize {
    let from = u64::from(places[0].row.offset);
    let near = places.windows(2).take_while(|pair| {
        let gap = u64::from(pair[1].row.offset).checked_sub(end(&pair[0].row));
        Arc::ptr_eq(&pair[0].segment, &pair[1].segment)
            && gap.is_some_and(|gap| gap <= GAP_BYTES)
            && end(&pair[1].row) - from <= RUN_BYTES
    });
    1 + near.count()
}

fn end(row: &Row) -> u64 {
    u64::from(row.offset) + u64::from(row.length_bytes)
}

/// The bodies of a run. They share one buffer, which holds no more than they need: answers may be kept for long.
fn read_run<D: Disk>(shared: &Shared<D>, run: &[Place<D>]) -> Result<Vec<Bytes>, ReadError> {
    let (first, last) = (&run[0].row, &run[run.len() - 1].row);
    let from = u64::from(first.offset);
    let span = read_span(shared, &run[0], from, end(last))?;
    let part = |row: &Row| {
        let begins = usize::try_from(u64::from(row.offset) - from).expect("within the run");
        begins..begins + row.length_bytes as usize
    };
    let needed: usize = run.iter().map(|place| place.row.length_bytes as usize).sum();
    if span.len() - needed <= needed / 4 {
        let span = Bytes::from(span);
        return Ok(run.iter().map(|place| span.slice(part(&place.row))).collect());
    }
    let mut packed = Vec::with_capacity(needed);
    for place in run {
        packed.extend_from_slice(&span[part(&place.row)]);
    }
    let mut packed = Bytes::from(packed);
    Ok(run.iter().map(|place| packed.split_to(place.row.length_bytes as usize)).collect())
}

fn read_span<D: Disk>(shared: &Shared<D>, first: &Place<D>, from: u64, to: u64) -> Result<Vec<u8>, ReadError> {
    let length = usize::try_from(to - from).expect("a segment is smaller than 4 GiB");
    let segment = &first.segment;
    let file = shared.file(segment)?;
    match read_vec_at(&*file, length, from) {
        Ok(buffer) => Ok(buffer),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Damage::at(&segment.path, from, "the file ends before the chunk does").into())
        }
        Err(error) => Err(DiskError::of("read", &segment.path)(error).into()),
    }
}

fn checked<D: Disk>(lane: u32, place: &Place<D>, body: Bytes) -> Result<Chunk, ReadError> {
    let Row { first_counter, time_ms, count, offset, crc32c: expected, codec, flags, key_id, .. } = place.row;
    if crc32c(&body) != expected && !mutation::is("no_crc") {
        let what = format!("the checksum of lane {lane}'s chunk at counter {first_counter} fails");
        return Err(Damage::at(&place.segment.path, u64::from(offset), what).into());
    }
    Ok(Chunk { lane, first_counter, count, time_ms, crc32c: expected, codec, flags, key_id, body })
}
