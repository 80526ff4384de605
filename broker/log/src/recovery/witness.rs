//! The search for a later frame that says an earlier one was durable: what tells damage from a torn tail.

use std::io;

use crate::disk::{File, read_exact_at, read_up_to};
use crate::format::{FRAME_HEADER_BYTES, FrameHeader};

/// One read of the search.
const WINDOW_BYTES: usize = 1 << 20;
/// Where in a frame its salt lies.
const SALT_AT: usize = 12;
const SALT_END: usize = SALT_AT + 8;

/// The offset of a frame behind `from` whose `durable` is at least `index`, if there is one. Frames begin at
/// multiples of 8; a caller's bytes cannot pass for one, because no caller learns the salt.
pub(crate) fn find_witness(file: &impl File, salt: u64, from: u64, index: u64) -> io::Result<Option<u64>> {
    let size_bytes = file.size_bytes()?;
    let salt_bytes = salt.to_le_bytes();
    let mut window_from = from.next_multiple_of(8);
    while window_from + SALT_END as u64 <= size_bytes {
        // Windows overlap by what a salt needs, rounded up to keep the alignment.
        let window = read_up_to(file, window_from, WINDOW_BYTES + 24)?;
        for at in (0..window.len().saturating_sub(SALT_END - 1).min(WINDOW_BYTES)).step_by(8) {
            let offset = window_from + at as u64;
            if window[at + SALT_AT..at + SALT_END] == salt_bytes && is_witness(file, offset, size_bytes, index)? {
                return Ok(Some(offset));
            }
        }
        window_from += WINDOW_BYTES as u64;
    }
    Ok(None)
}

/// Whether an intact header with its tables stands here and says so. Its bodies do not matter for that.
fn is_witness(file: &impl File, offset: u64, size_bytes: u64, index: u64) -> io::Result<bool> {
    let bytes = read_up_to(file, offset, FRAME_HEADER_BYTES)?;
    let Some(header) = FrameHeader::peek(&bytes) else {
        return Ok(false);
    };
    if header.stamp.durable < index || !header.fits(size_bytes - offset) {
        return Ok(false);
    }
    let mut tables = vec![0; usize::try_from(header.tables_end()).expect("bounded by the largest frame")];
    read_exact_at(file, &mut tables, offset)?;
    Ok(header.checks_out(&tables))
}
