//! Writing an entry: numbered, checked against its lanes, laid out as one frame, handed to the disk in one vectored
//! write. It counts once it is synced.

use std::io::IoSlice;

use crate::disk::{Disk, File, write_all_at, write_bytes_at};
use crate::entry::{CONTROL_LANE, Chunk, Entry, LaneEnd, Position, Request};
use crate::error::{DiskError, WriteError};
use crate::format::{
    FRAME_BYTES_MAX, FRAME_HEADER_BYTES, ROW_BYTES, RequestRow, Row, Stamp, encode_tables, frame_bytes, padded,
};

use super::Log;

/// What follows a frame, up to the end of its page: zeros over zeros, or over what a torn tail left. A page that is written whole need not be read first,
/// and the file was prewritten past the cache.
static PADDING: [u8; 4096] = [0; 4096];
/// What caches and disks write whole.
const PAGE_BYTES: u64 = PADDING.len() as u64;

impl<D: Disk> Log<D> {
    /// Writes an entry and makes it durable: [`Self::write`], then [`Self::sync`]. Returns its index.
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<u64, WriteError> {
        let index = self.write(entry)?;
        self.sync()?;
        Ok(index)
    }

    /// Writes an entry and returns its index. It is shown and may be acknowledged only after [`Self::sync`]; several
    /// entries may share one.
    pub fn write(&mut self, entry: &Entry<'_>) -> Result<u64, WriteError> {
        self.check_usable()?;
        let term = self.term.ok_or(WriteError::NoTerm)?;
        let bytes = frame_bytes(entry);
        if bytes > FRAME_BYTES_MAX {
            return Err(WriteError::TooLarge { bytes });
        }
        self.take_lanes(entry)?;
        match self.place(entry, term, bytes) {
            Ok(index) => Ok(index),
            Err(error) => {
                self.release_lanes(entry);
                Err(error)
            }
        }
    }

    /// Writes the frame where it goes, in a new segment if it must.
    fn place(&mut self, entry: &Entry<'_>, term: u64, bytes: u64) -> Result<u64, WriteError> {
        let fits = self.open.offset + padded(bytes) <= self.open.capacity_bytes;
        if !fits || self.open.index_bytes >= self.options.sizes.index_bytes {
            self.roll(padded(bytes))?;
        }
        let index = self.last.index + 1;
        let salt = self.open.segment.header.salt;
        let stamp = Stamp { salt, term, index, committed: self.committed, durable: self.durable };
        self.tables.clear();
        encode_tables(&mut self.tables, entry, stamp);
        if let Err(error) = self.write_frame(entry, bytes) {
            if !error.is_full() {
                return Err(self.fail(error));
            }
            // Nothing before it was touched: the next frame goes to the same place.
            self.erase_frame()?;
            return Err(WriteError::NoSpace(error));
        }
        self.note_written(entry);
        self.open.offset += padded(bytes);
        self.last = Position { term, index };
        Ok(index)
    }

    fn write_frame(&self, entry: &Entry<'_>, bytes: u64) -> Result<(), DiskError> {
        let end = self.open.offset + bytes;
        let page_end = end.next_multiple_of(PAGE_BYTES).min(self.open.capacity_bytes);
        let padding = usize::try_from(page_end - end).expect("less than a page");
        let chunks = match entry {
            Entry::Records { chunks, .. } => *chunks,
            Entry::Control { .. } => &[],
        };
        let mut slices = Vec::with_capacity(chunks.len() + 3);
        slices.push(IoSlice::new(&self.tables));
        match entry {
            Entry::Records { chunks, .. } => slices.extend(chunks.iter().map(|chunk| IoSlice::new(&chunk.body))),
            Entry::Control { body, .. } => slices.push(IoSlice::new(body)),
        }
        slices.push(IoSlice::new(&PADDING[..padding]));
        let segment = &self.open.segment;
        write_all_at(&*self.open.file, &mut slices, self.open.offset).map_err(DiskError::of("write", &segment.path))
    }

    /// Takes back a frame that found no space: what is missing of it may be zeros, which are there already, and then
    /// it would count after a crash. A volume may be full even for what was written before: some never write in place.
    fn erase_frame(&mut self) -> Result<(), WriteError> {
        let path = self.open.segment.path.clone();
        let erased = write_bytes_at(&*self.open.file, &[0; FRAME_HEADER_BYTES], self.open.offset)
            .and_then(|()| self.open.file.sync_data())
            .map_err(DiskError::of("erase", &path));
        erased.map_err(|error| self.fail(error))
    }

    /// Remembers what readers will see once it is synced.
    fn note_written(&mut self, entry: &Entry<'_>) {
        match entry {
            Entry::Control { time_ms, .. } => {
                self.open.first_time_ms.get_or_insert(*time_ms);
                self.unseen.control_times_ms.push(*time_ms);
            }
            Entry::Records { requests, chunks } => {
                let bodies: u64 = chunks.iter().map(|chunk| chunk.body.len() as u64).sum();
                let mut offset = self.open.offset + frame_bytes(entry) - bodies;
                for chunk in *chunks {
                    self.unseen.chunks.push((chunk.lane, row(chunk, offset)));
                    offset += chunk.body.len() as u64;
                }
                if let Some(chunk) = chunks.first() {
                    self.open.first_time_ms.get_or_insert(chunk.time_ms);
                }
                self.open.index_bytes += chunks.len() * ROW_BYTES;
                let frame_offset = u32::try_from(self.open.offset).expect("a segment is smaller than 4 GiB");
                let index = self.last.index + 1;
                self.unseen.requests.extend(requests.iter().map(|request| {
                    let Request { id, first_chunk, chunks } = *request;
                    RequestRow { id, index, frame_offset, first_chunk, chunks }
                }));
            }
        }
    }

    /// Checks that every chunk follows the last one of its lane and moves the lanes' ends.
    fn take_lanes(&mut self, entry: &Entry<'_>) -> Result<(), WriteError> {
        let Entry::Records { chunks, .. } = entry else {
            return Ok(());
        };
        for (at, chunk) in chunks.iter().enumerate() {
            let new = LaneEnd { next_counter: chunk.first_counter, last_time_ms: 0 };
            let end = self.lanes.entry(chunk.lane).or_insert(new);
            if let Err(error) = check_chunk(at, chunk, *end) {
                self.release_lanes(entry);
                return Err(error);
            }
            *end = LaneEnd { next_counter: chunk.end_counter(), last_time_ms: chunk.time_ms };
        }
        Ok(())
    }

    /// Sets the lanes of an entry that was not written back to what is: what readers see, and the unsynced entries.
    fn release_lanes(&mut self, entry: &Entry<'_>) {
        let Entry::Records { chunks, .. } = entry else {
            return;
        };
        let shown = self.shared.lanes();
        for chunk in *chunks {
            match shown.get(&chunk.lane) {
                Some(end) => self.lanes.insert(chunk.lane, *end),
                None => self.lanes.remove(&chunk.lane),
            };
        }
        drop(shown);
        for (lane, row) in &self.unseen.chunks {
            self.lanes.insert(*lane, LaneEnd { next_counter: row.end_counter(), last_time_ms: row.time_ms });
        }
    }
}

fn check_chunk(at: usize, chunk: &Chunk, end: LaneEnd) -> Result<(), WriteError> {
    debug_assert_eq!(crate::crc32c(&chunk.body), chunk.crc32c, "the checksum is of another body");
    if chunk.first_counter != end.next_counter {
        let (lane, expected, given) = (chunk.lane, end.next_counter, chunk.first_counter);
        return Err(WriteError::OutOfOrder { lane, expected, given });
    }
    let counted = chunk.count > 0 && chunk.first_counter.checked_add(u64::from(chunk.count)).is_some();
    if chunk.lane == CONTROL_LANE || !counted || chunk.time_ms < end.last_time_ms {
        return Err(WriteError::Impossible { chunk: at });
    }
    Ok(())
}

fn row(chunk: &Chunk, offset: u64) -> Row {
    Row {
        first_counter: chunk.first_counter,
        time_ms: chunk.time_ms,
        count: chunk.count,
        offset: u32::try_from(offset).expect("a segment is smaller than 4 GiB"),
        length_bytes: u32::try_from(chunk.body.len()).expect("a body is smaller than its frame"),
        crc32c: chunk.crc32c,
        codec: chunk.codec,
        flags: chunk.flags,
        key_id: chunk.key_id,
    }
}
