//! Walks a segment's frames through a window, so that a start needs memory for one frame and not for a segment.

use std::io;

use crate::disk::{File, read_exact_at};
use crate::format::{FRAME_HEADER_BYTES, Frame, FrameError, FrameHeader, SEGMENT_HEADER_BYTES, padded};

/// One read at least: large enough that a sequential disk is busy, small beside a frame's bound.
const WINDOW_BYTES: u64 = 1 << 20;

/// See the module.
pub(crate) struct Scanner<'f, F> {
    file: &'f F,
    salt: u64,
    size_bytes: u64,
    offset: u64,
    window: Vec<u8>,
    window_from: u64,
}

impl<'f, F: File> Scanner<'f, F> {
    /// Stands before the first frame.
    pub(crate) fn new(file: &'f F, salt: u64) -> io::Result<Self> {
        let size_bytes = file.size_bytes()?;
        Ok(Self { file, salt, size_bytes, offset: SEGMENT_HEADER_BYTES, window: Vec::new(), window_from: 0 })
    }

    /// Where the next frame begins, or would.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes on elsewhere.
    pub(crate) const fn go_to(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// The file's length.
    pub(crate) const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The next frame with everything in it checked; the scanner stays where it is when there is none.
    pub(crate) fn next(&mut self) -> io::Result<Result<Frame<'_>, FrameError>> {
        let room = self.size_bytes.saturating_sub(self.offset);
        if !self.fill(FRAME_HEADER_BYTES as u64)? {
            return Ok(Err(FrameError::Absent));
        }
        let Some(header) = FrameHeader::peek(self.rest()) else {
            return Ok(Err(FrameError::Absent));
        };
        if header.length_bytes == 0 {
            return Ok(Err(FrameError::Absent));
        }
        if header.stamp.salt != self.salt {
            return Ok(Err(FrameError::Salt));
        }
        if !header.fits(room) {
            return Ok(Err(FrameError::Length));
        }
        self.fill(u64::from(header.length_bytes))?;
        let begins = usize::try_from(self.offset - self.window_from).expect("within the window");
        let frame = match Frame::parse(&self.window[begins..], self.salt) {
            Ok(frame) => frame,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = frame.check_bodies() {
            return Ok(Err(error));
        }
        self.offset += padded(u64::from(header.length_bytes));
        Ok(Ok(frame))
    }

    fn rest(&self) -> &[u8] {
        let begins = usize::try_from(self.offset - self.window_from).expect("within the window");
        &self.window[begins..]
    }

    /// Has the window hold this many bytes from the offset on; false where the file ends before.
    fn fill(&mut self, bytes: u64) -> io::Result<bool> {
        let window_end = self.window_from + self.window.len() as u64;
        if self.offset >= self.window_from && self.offset + bytes <= window_end {
            return Ok(true);
        }
        let room = self.size_bytes.saturating_sub(self.offset);
        if bytes > room {
            return Ok(false);
        }
        let length = usize::try_from(bytes.max(WINDOW_BYTES).min(room)).expect("bounded by the largest frame");
        self.window.resize(length, 0);
        self.window_from = self.offset;
        read_exact_at(self.file, &mut self.window, self.offset)?;
        Ok(true)
    }
}
