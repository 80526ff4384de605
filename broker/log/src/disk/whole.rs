//! Reads and writes that are done whole: short ones go on, interrupted ones again. Any other error is the caller's.

use std::io::{self, IoSlice};

use super::File;

/// One write of zeros.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// Fills the buffer; [`io::ErrorKind::UnexpectedEof`] where the file ends before.
pub(crate) fn read_exact_at(file: &(impl File + ?Sized), mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match file.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A buffer of `length` bytes; [`io::ErrorKind::UnexpectedEof`] where the file ends before. What is read once is not
/// filled with zeros first.
pub(crate) fn read_vec_at(file: &(impl File + ?Sized), length: usize, offset: u64) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(length);
    while buffer.len() < length {
        let from = offset + buffer.len() as u64;
        match file.append_at(&mut buffer, from) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(length);
    Ok(buffer)
}

/// Reads up to `length` bytes, fewer only where the file ends.
pub(crate) fn read_up_to(file: &(impl File + ?Sized), offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Writes every byte of the slices, which are consumed in doing so.
pub(crate) fn write_all_at(
    file: &(impl File + ?Sized),
    mut slices: &mut [IoSlice<'_>],
    mut offset: u64,
) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match file.write_at(slices, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                IoSlice::advance_slices(&mut slices, written);
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a file from its beginning to its end.
pub fn read_all(file: &(impl File + ?Sized)) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.size_bytes()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    read_up_to(file, 0, length)
}

/// Writes one buffer whole.
pub fn write_bytes_at(file: &(impl File + ?Sized), bytes: &[u8], offset: u64) -> io::Result<()> {
    write_all_at(file, &mut [IoSlice::new(bytes)], offset)
}

/// Writes zeros like any other bytes.
pub(super) fn write_zeros(file: &(impl File + ?Sized), from: u64, to: u64) -> io::Result<()> {
    let mut offset = from;
    while offset < to {
        let step = (to - offset).min(ZEROS.len() as u64);
        write_bytes_at(file, &ZEROS[..usize::try_from(step).expect("at most the buffer")], offset)?;
        offset += step;
    }
    Ok(())
}
