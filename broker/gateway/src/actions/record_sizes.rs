//! The limits of records and requests in bytes that the model does not tell: a stream's own largest record, and a
//! request's sum.

use forebay_protocol::api::{ApiError, ErrorCode, PutRecordsEntry};
use forebay_protocol::limits::{KIB, MIB, PUT_RECORDS_BYTES_MAX};

use crate::catalog::Stream;

/// AWS stops counting violations here.
const VIOLATIONS_MAX: usize = 10;

/// Refuses a record that is larger, key and data, than its stream takes.
pub(super) fn check_record(stream: &Stream, entry: &PutRecordsEntry<'_>) -> Result<(), ApiError> {
    match violation(stream, entry, &"data") {
        None => Ok(()),
        Some(violation) => Err(validation(&[violation])),
    }
}

/// Refuses records that are larger than their stream takes, and too much of them.
pub(super) fn check_records(stream: &Stream, entries: &[PutRecordsEntry<'_>]) -> Result<(), ApiError> {
    let numbered = entries.iter().zip(1..);
    let too_large =
        numbered.filter_map(|(entry, number)| violation(stream, entry, &format_args!("records.{number}.member.data")));
    let violations: Vec<String> = too_large.take(VIOLATIONS_MAX).collect();
    if !violations.is_empty() {
        return Err(validation(&violations));
    }
    let sum: usize = entries.iter().map(PutRecordsEntry::charged_bytes).sum();
    if sum as u64 > PUT_RECORDS_BYTES_MAX {
        let text = format!("Records size exceeds {} MB limit", PUT_RECORDS_BYTES_MAX / MIB);
        return Err(ApiError::new(ErrorCode::InvalidArgument, text));
    }
    Ok(())
}

fn violation(stream: &Stream, entry: &PutRecordsEntry<'_>, path: &dyn std::fmt::Display) -> Option<String> {
    let most = u64::from(stream.max_record_size_kib) * KIB;
    let length = entry.data.decoded_len();
    (entry.charged_bytes() as u64 > most).then(|| {
        format!(
            "Value 'java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]' at '{path}' failed to satisfy \
             constraint: Member must have length less than or equal to {most}"
        )
    })
}

fn validation(violations: &[String]) -> ApiError {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let text = format!("{} validation error{plural} detected: {}", violations.len(), violations.join("; "));
    ApiError::new(ErrorCode::Validation, text)
}
