//! What an answer says. The hot path searches for the members that matter and does not parse: an answer to 500 records
//! is 50 KB, one to GetRecords over a megabyte. Samples are read in full, so that a server that answers nonsense is found.

use memchr::memmem::{Finder, find_iter};
use serde::Deserialize;

use crate::http::request_head::Encoding;

use super::plan::PutCall;
use super::tally::{ErrorCounts, count_error};

/// How closely an answer is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scrutiny {
    /// Searched for what matters.
    Searched,
    /// Read in full and checked.
    Full,
}

/// What a put's answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Records with a sequence number.
    pub(crate) records: u32,
    /// Records refused, by code.
    pub(crate) refused: ErrorCounts,
}

/// What an answer to GetRecords says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    /// Records returned.
    pub(crate) records: u64,
    /// Their data in bytes, when the answer was read in full.
    pub(crate) payload_bytes: Option<u64>,
    /// Where to read on; absent at the end of a closed shard.
    pub(crate) next_iterator: Option<String>,
    /// Whether nothing more is there for now.
    pub(crate) caught_up: bool,
}

/// An answer that says something else than was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed answer")]
pub(crate) struct Malformed;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordsAnswer<'a> {
    failed_record_count: Option<u32>,
    #[serde(borrow)]
    records: Vec<PutRecordAnswer<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordAnswer<'a> {
    sequence_number: Option<&'a str>,
    error_code: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetRecordsAnswer<'a> {
    #[serde(borrow)]
    records: Vec<GotRecord<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GotRecord<'a> {
    #[serde(borrow)]
    data: std::borrow::Cow<'a, str>,
}

/// Reads a put's answer with status 200.
pub(crate) fn stored(encoding: Encoding, body: &[u8], call: PutCall, scrutiny: Scrutiny) -> Result<Stored, Malformed> {
    let nothing_failed = failed_record_count(encoding, body).is_none_or(|failed| failed == 0);
    if nothing_failed && scrutiny == Scrutiny::Searched {
        return Ok(Stored { records: call.records(), refused: ErrorCounts::new() });
    }
    match (encoding, call) {
        (Encoding::Cbor, _) => cbor_stored(body, call.records()),
        (Encoding::Json, PutCall::One) => json_stored_one(body),
        (Encoding::Json, PutCall::Many(asked)) => json_stored(body, asked),
    }
}

fn json_stored_one(body: &[u8]) -> Result<Stored, Malformed> {
    let answer: PutRecordAnswer<'_> = serde_json::from_slice(body).map_err(|_| Malformed)?;
    let stored = Stored { records: 1, refused: ErrorCounts::new() };
    answer.sequence_number.map(|_| stored).ok_or(Malformed)
}

fn json_stored(body: &[u8], asked: u32) -> Result<Stored, Malformed> {
    let answer: PutRecordsAnswer<'_> = serde_json::from_slice(body).map_err(|_| Malformed)?;
    let mut refused = ErrorCounts::new();
    for code in answer.records.iter().filter_map(|record| record.error_code) {
        count_error(&mut refused, code, 1);
    }
    let failed: u64 = refused.values().sum();
    let numbered = answer.records.iter().filter(|record| record.sequence_number.is_some()).count();
    let told = answer.failed_record_count.map_or(0, u64::from);
    let records = u32::try_from(numbered).map_err(|_| Malformed)?;
    let consistent = told == failed && u64::from(records) + failed == u64::from(asked);
    if consistent { Ok(Stored { records, refused }) } else { Err(Malformed) }
}

/// CBOR answers are counted by their keys, which record data cannot imitate: puts are not answered with data.
fn cbor_stored(body: &[u8], asked: u32) -> Result<Stored, Malformed> {
    let mut refused = ErrorCounts::new();
    for at in find_iter(body, b"ErrorCode") {
        let mut decoder = minicbor::Decoder::new(&body[at + b"ErrorCode".len()..]);
        // Absent members may be written as null.
        if let Ok(code) = decoder.str() {
            count_error(&mut refused, code, 1);
        }
    }
    let failed: u64 = refused.values().sum();
    let records = u64::from(asked).checked_sub(failed).ok_or(Malformed)?;
    let numbered = find_iter(body, b"SequenceNumber").count() as u64;
    if numbered < records {
        return Err(Malformed);
    }
    Ok(Stored { records: u32::try_from(records).map_err(|_| Malformed)?, refused })
}

fn failed_record_count(encoding: Encoding, body: &[u8]) -> Option<u64> {
    number_after(encoding, body, "FailedRecordCount")
}

/// Reads an answer to GetRecords with status 200.
pub(crate) fn got(encoding: Encoding, body: &[u8], scrutiny: Scrutiny) -> Result<Got, Malformed> {
    // The iterator is in every answer but the last of a shard; both members stand before or after the records.
    let records = match encoding {
        Encoding::Json => find_iter(body, b"\"SequenceNumber\"").count(),
        Encoding::Cbor => find_iter(body, b"\x6eSequenceNumber").count(),
    } as u64;
    let payload_bytes = match (scrutiny, encoding) {
        (Scrutiny::Searched, _) => None,
        (Scrutiny::Full, Encoding::Json) => Some(json_payload_bytes(body, records)?),
        (Scrutiny::Full, Encoding::Cbor) => Some(cbor_payload_bytes(body)?),
    };
    Ok(Got {
        records,
        payload_bytes,
        next_iterator: text_after(encoding, body, "NextShardIterator"),
        caught_up: number_after(encoding, body, "MillisBehindLatest").is_none_or(|behind| behind == 0),
    })
}

fn json_payload_bytes(body: &[u8], records: u64) -> Result<u64, Malformed> {
    let answer: GetRecordsAnswer<'_> = serde_json::from_slice(body).map_err(|_| Malformed)?;
    if answer.records.len() as u64 != records {
        return Err(Malformed);
    }
    let mut bytes = 0;
    for record in &answer.records {
        bytes += base64_simd::STANDARD.decoded_length(record.data.as_bytes()).map_err(|_| Malformed)? as u64;
    }
    Ok(bytes)
}

fn cbor_payload_bytes(body: &[u8]) -> Result<u64, Malformed> {
    minicbor::Decoder::new(body).skip().map_err(|_| Malformed)?;
    let mut bytes = 0;
    for at in find_iter(body, b"\x64Data") {
        bytes += minicbor::Decoder::new(&body[at + 5..]).bytes().map_err(|_| Malformed)?.len() as u64;
    }
    Ok(bytes)
}

/// The error type of an answer that is no success: `__type` without its namespace, else the status.
pub(crate) fn error_type(encoding: Encoding, status: u16, body: &[u8]) -> String {
    let named = text_after(encoding, body, "__type");
    let short = named.as_deref().and_then(|name| name.rsplit('#').next()).filter(|name| !name.is_empty());
    short.map_or_else(|| format!("HTTP {status}"), str::to_owned)
}

/// The text that follows a member's name.
pub(crate) fn text_after(encoding: Encoding, body: &[u8], member: &str) -> Option<String> {
    let value = after_member(encoding, body, member)?;
    match encoding {
        Encoding::Cbor => minicbor::Decoder::new(value).str().ok().map(str::to_owned),
        Encoding::Json => {
            let text = value.strip_prefix(b"\"")?;
            // Iterators, types and shard ids hold no escapes.
            let end = memchr::memchr(b'"', text)?;
            std::str::from_utf8(&text[..end]).ok().map(str::to_owned)
        }
    }
}

/// The whole number that follows a member's name.
fn number_after(encoding: Encoding, body: &[u8], member: &str) -> Option<u64> {
    let value = after_member(encoding, body, member)?;
    match encoding {
        Encoding::Cbor => minicbor::Decoder::new(value).u64().ok(),
        Encoding::Json => {
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            std::str::from_utf8(&value[..digits]).ok()?.parse().ok()
        }
    }
}

/// The bytes from a member's value on. Looks from the end first: small members mostly follow the records.
fn after_member<'a>(encoding: Encoding, body: &'a [u8], member: &str) -> Option<&'a [u8]> {
    let name = match encoding {
        Encoding::Json => format!("\"{member}\""),
        Encoding::Cbor => member.to_owned(),
    };
    let tail_start = body.len().saturating_sub(TAIL_BYTES);
    let finder = Finder::new(name.as_bytes());
    let head = &body[..body.len().min(TAIL_BYTES)];
    let at = finder
        .find(&body[tail_start..])
        .map(|at| at + tail_start)
        .or_else(|| finder.find(head))
        .or_else(|| finder.find(body))?;
    let value = &body[at + name.len()..];
    match encoding {
        Encoding::Cbor => Some(value),
        Encoding::Json => value.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start),
    }
}

/// Where the small members of an answer are found without a search through its records.
const TAIL_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::super::bodies::encoded;
    use super::*;

    const BOTH: [Scrutiny; 2] = [Scrutiny::Searched, Scrutiny::Full];

    fn refused(code: &str, count: u64) -> ErrorCounts {
        ErrorCounts::from([(code.to_owned(), count)])
    }

    #[test]
    fn a_put_counts_what_was_stored_and_what_was_refused() {
        let all = br#"{"FailedRecordCount":0,"Records":[{"SequenceNumber":"49","ShardId":"s"},{"SequenceNumber":"50","ShardId":"s"}]}"#;
        let some = br#"{"Records":[{"SequenceNumber":"49","ShardId":"s"},{"ErrorCode":"InternalFailure","ErrorMessage":"m"}],"FailedRecordCount":1}"#;
        let one = br#"{"SequenceNumber":"49","ShardId":"s"}"#;
        for scrutiny in BOTH {
            let read = |body: &[u8], call| stored(Encoding::Json, body, call, scrutiny);
            assert_eq!(read(all, PutCall::Many(2)), Ok(Stored { records: 2, refused: ErrorCounts::new() }));
            assert_eq!(read(some, PutCall::Many(2)), Ok(Stored { records: 1, refused: refused("InternalFailure", 1) }));
            assert_eq!(read(one, PutCall::One), Ok(Stored { records: 1, refused: ErrorCounts::new() }));
        }
    }

    #[test]
    fn a_sample_finds_an_answer_to_something_else() {
        let nonsense: [(&[u8], PutCall); 4] = [
            (br#"{"FailedRecordCount":0,"Records":[]}"#, PutCall::Many(2)),
            (br#"{"FailedRecordCount":0}"#, PutCall::Many(2)),
            (b"ok", PutCall::Many(2)),
            (b"{}", PutCall::One),
        ];
        for (body, call) in nonsense {
            assert_eq!(stored(Encoding::Json, body, call, Scrutiny::Full), Err(Malformed));
        }
        assert_eq!(stored(Encoding::Cbor, b"\xa0", PutCall::One, Scrutiny::Full), Err(Malformed));
        assert_eq!(got(Encoding::Json, br#"{"Records":[{"Data":"?"}]}"#, Scrutiny::Full), Err(Malformed));
    }

    #[test]
    fn a_cbor_put_counts_the_same() {
        let body = encoded(|to| {
            to.map(2)?.str("FailedRecordCount")?.u32(1)?.str("Records")?.array(2)?;
            to.map(2)?.str("SequenceNumber")?.str("49")?.str("ShardId")?.str("s")?;
            to.map(2)?.str("ErrorCode")?.str("InternalFailure")?.str("ErrorMessage")?.str("m")?.ok()
        });
        for scrutiny in BOTH {
            let counted = stored(Encoding::Cbor, &body, PutCall::Many(2), scrutiny);
            assert_eq!(counted, Ok(Stored { records: 1, refused: refused("InternalFailure", 1) }));
        }
    }

    #[test]
    fn a_get_counts_records_and_says_where_to_read_on() {
        let body = br#"{"MillisBehindLatest": 12,"NextShardIterator":"AAA=","Records":[{"Data":"aGVsbG8=","PartitionKey":"k","SequenceNumber":"49"}]}"#;
        let wanted =
            Got { records: 1, payload_bytes: Some(5), next_iterator: Some("AAA=".to_owned()), caught_up: false };
        assert_eq!(got(Encoding::Json, body, Scrutiny::Full), Ok(wanted.clone()));
        let body = encoded(|to| {
            to.begin_map()?.str("Records")?.begin_array()?.map(3)?;
            to.str("Data")?.bytes(b"hello")?.str("PartitionKey")?.str("k")?.str("SequenceNumber")?.str("49")?.end()?;
            to.str("NextShardIterator")?.str("AAA=")?.str("MillisBehindLatest")?.u64(12)?.end()?.ok()
        });
        assert_eq!(got(Encoding::Cbor, &body, Scrutiny::Full), Ok(wanted));
        let end = br#"{"MillisBehindLatest":0,"Records":[]}"#;
        let wanted = Got { records: 0, payload_bytes: None, next_iterator: None, caught_up: true };
        assert_eq!(got(Encoding::Json, end, Scrutiny::Searched), Ok(wanted));
    }

    #[test]
    fn an_error_is_called_by_its_type() {
        let table: [(&[u8], &str); 4] = [
            (br#"{"__type":"ResourceNotFoundException","message":"m"}"#, "ResourceNotFoundException"),
            (br#"{"__type":"com.amazon.coral.service#SerializationException"}"#, "SerializationException"),
            (b"<html>", "HTTP 503"),
            (b"", "HTTP 503"),
        ];
        for (body, wanted) in table {
            assert_eq!(error_type(Encoding::Json, 503, body), wanted);
        }
        let body = encoded(|to| to.map(1)?.str("__type")?.str("LimitExceededException")?.ok());
        assert_eq!(error_type(Encoding::Cbor, 400, &body), "LimitExceededException");
    }
}
