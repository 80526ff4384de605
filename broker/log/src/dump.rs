//! Prints a log's files for people, whatever their state: what is damaged is said, and reading goes on behind it.

use std::fmt::{self, Write};
use std::io;
use std::path::Path;

use crate::disk::{Disk, File, read_up_to};
use crate::error::DiskError;
use crate::format::{
    Content, FileKind, Frame, HARD_STATE_SLOT_BYTES, SEGMENT_HEADER_BYTES, SegmentHeader, Snapshot, TRAILER_BYTES,
    Trailer, decode_hard_state,
};
use crate::recovery::{Scanner, find_witness};

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each entry.
    Entries,
    /// A line for each entry and each of its chunks.
    Chunks,
}

/// Why printing came to no end.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The file could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The text could not be written.
    #[error("cannot print")]
    Print(#[from] fmt::Error),
}

/// Prints a segment, a hard state or a snapshot, told apart by how it begins.
pub fn dump<D: Disk>(disk: &D, path: &Path, detail: Detail, out: &mut impl Write) -> Result<(), DumpError> {
    let file = disk.open(path).map_err(DiskError::of("open", path))?;
    let size_bytes = file.size_bytes().map_err(DiskError::of("measure", path))?;
    let printed = Printed { file: &file, path, size_bytes, detail };
    let front = printed.read(0, 2 * block_bytes())?;
    writeln!(out, "{}: {size_bytes} bytes", path.display())?;
    match FileKind::of(&front) {
        Some(FileKind::Segment) => printed.segment(&front, out),
        Some(FileKind::HardState) => Ok(hard_state(&front, out)?),
        Some(FileKind::Snapshot) => Ok(snapshot(&printed.read(0, usize_of(size_bytes))?, out)?),
        None => Ok(writeln!(out, "  this is no segment, hard state or snapshot")?),
    }
}

/// What a header takes, and a copy of the hard state.
fn block_bytes() -> usize {
    usize_of(SEGMENT_HEADER_BYTES.max(HARD_STATE_SLOT_BYTES))
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn hard_state(slots: &[u8], out: &mut impl Write) -> fmt::Result {
    for (at, slot) in slots.chunks(block_bytes()).enumerate() {
        match decode_hard_state(slot) {
            None => writeln!(out, "  copy {at}: not intact")?,
            Some((state, generation)) => {
                let vote = state.vote.map_or_else(|| "none".to_owned(), |vote| vote.to_string());
                writeln!(out, "  copy {at}: generation {generation}, term {}, vote {vote}", state.term)?;
                writeln!(out, "    node {}, range {}", state.node, state.range)?;
                writeln!(out, "    incarnation {}, initialised {}", state.incarnation, state.initialised)?;
            }
        }
    }
    Ok(())
}

fn snapshot(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    let Some(snapshot) = Snapshot::decode(bytes) else {
        return writeln!(out, "  the snapshot is not intact");
    };
    writeln!(out, "  range {}, up to entry {} of term {}", snapshot.range, snapshot.last.index, snapshot.last.term)?;
    for (lane, end) in &snapshot.lanes {
        writeln!(out, "  lane {lane}: next counter {}, last time {} ms", end.next_counter, end.last_time_ms)?;
    }
    for section in &snapshot.state {
        writeln!(out, "  state section {} version {}: {} bytes", section.id, section.version, section.bytes.len())?;
    }
    Ok(())
}

/// A file being printed.
struct Printed<'a, F> {
    file: &'a F,
    path: &'a Path,
    size_bytes: u64,
    detail: Detail,
}

impl<F: File> Printed<'_, F> {
    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        read_up_to(self.file, offset, length.min(usize_of(self.size_bytes))).map_err(self.cannot_read())
    }

    fn cannot_read(&self) -> impl FnOnce(io::Error) -> DiskError {
        DiskError::of("read", self.path)
    }

    fn segment(&self, front: &[u8], out: &mut impl Write) -> Result<(), DumpError> {
        let header = match SegmentHeader::decode(front) {
            Ok(header) => header,
            Err(what) => return Ok(writeln!(out, "  {what}")?),
        };
        let SegmentHeader { range, salt, previous, term, .. } = header;
        writeln!(out, "  range {range}, salt {salt:#018x}, opened in term {term}")?;
        writeln!(out, "  follows entry {} of term {}", previous.index, previous.term)?;
        let trailer = match self.size_bytes.checked_sub(TRAILER_BYTES as u64) {
            None => None,
            Some(offset) => Trailer::decode(&self.read(offset, TRAILER_BYTES)?, self.size_bytes),
        };
        self.frames(salt, trailer.map_or(self.size_bytes, |trailer| trailer.frames_end), out)?;
        match trailer {
            Some(trailer) => self.footer(&trailer, out),
            None => Ok(writeln!(out, "  no footer")?),
        }
    }

    fn frames(&self, salt: u64, end: u64, out: &mut impl Write) -> Result<(), DumpError> {
        let mut scanner = Scanner::new(self.file, salt).map_err(self.cannot_read())?;
        while scanner.offset() < end {
            let offset = scanner.offset();
            match scanner.next().map_err(self.cannot_read())? {
                Ok(frame) => self.frame(offset, &frame, out)?,
                Err(error) => {
                    writeln!(out, "  {offset:>10}  {error}")?;
                    // Any later frame: every frame says that entry 0 was durable.
                    let later = find_witness(self.file, salt, offset + 8, 0).map_err(self.cannot_read())?;
                    match later.filter(|later| *later < end) {
                        Some(later) => scanner.go_to(later),
                        None => break,
                    }
                }
            }
        }
        Ok(())
    }

    fn frame(&self, offset: u64, frame: &Frame<'_>, out: &mut impl Write) -> fmt::Result {
        let (header, stamp) = (frame.header, frame.header.stamp);
        let effect = if frame.counts() { "" } else { " without effect" };
        write!(out, "  {offset:>10}  entry {} of term {}: {:?}{effect}", stamp.index, stamp.term, frame.kind)?;
        write!(out, ", {} chunks, {} requests, {} bytes", header.chunks, header.requests, header.length_bytes)?;
        writeln!(out, ", committed {}, durable {}", stamp.committed, stamp.durable)?;
        if self.detail == Detail::Chunks {
            for chunk in frame.chunks() {
                let (from, to, time_ms) = (chunk.first_counter, chunk.end_counter(), chunk.time_ms);
                let (lane, length) = (chunk.lane, chunk.length_bytes);
                writeln!(out, "              lane {lane}: {from}..{to} at {time_ms} ms, {length} bytes")?;
            }
        }
        Ok(())
    }

    fn footer(&self, trailer: &Trailer, out: &mut impl Write) -> Result<(), DumpError> {
        let Trailer { frames_end, last, lanes, rows, requests, counts, .. } = trailer;
        writeln!(out, "  {frames_end:>10}  footer: last entry {} of term {}", last.index, last.term)?;
        writeln!(out, "    {lanes} lanes, {rows} chunks, {requests} requests, {} records", counts.records)?;
        let extent = trailer.state_extent();
        let Some(sections) = trailer.decode_state(&self.read(extent.offset, usize_of(extent.length_bytes))?) else {
            return Ok(writeln!(out, "    the state is not intact")?);
        };
        for section in sections {
            let what = match section.content {
                Content::Full(bytes) => format!("{} bytes", bytes.len()),
                Content::UnchangedSince(index) => format!("unchanged since entry {index}"),
            };
            writeln!(out, "    state section {} version {}: {what}", section.id, section.version)?;
        }
        Ok(())
    }
}
