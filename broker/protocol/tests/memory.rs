//! What reading a body may cost in memory: of the order of the body, whatever it is made of.

use forebay_protocol::api::{self, Operation};
use forebay_protocol::wire::Encoding;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that the values of any body may take beside copies of its texts: 65,536 of them.
const VALUES_BYTES_MAX: usize = 6 << 20;
const BODY_BYTES: usize = 2 << 20;

fn assert_bounded(operation: Operation, encoding: Encoding, what: &str, body: &[u8]) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let error = api::decode(operation, encoding, body).err().map(|error| error.encode(encoding));
    let used = MEMORY.peak_usage() - before;
    assert!(used <= VALUES_BYTES_MAX + 2 * body.len(), "{what}: {used} bytes for {}", body.len());
    assert!(error.is_none_or(|answer| answer.len() < 1 << 20), "{what}: a long answer");
}

fn repeated(head: &[u8], part: &[u8], tail: &[u8]) -> Vec<u8> {
    let body = [head, &part.repeat(BODY_BYTES / part.len()), tail].concat();
    assert!(body.len() <= BODY_BYTES + 1024);
    body
}

/// What a body is made of, how it begins, what it repeats and how it ends.
type Hostile = (&'static str, &'static [u8], &'static [u8], &'static [u8]);

/// One test, since the peak is the whole process's.
#[test]
fn a_body_never_costs_more_than_its_order() {
    let json: [Hostile; 8] = [
        ("records", b"{\"Records\":[{}", b",{}", b"]}"),
        ("valid records", b"{\"Records\":[{}", b",{\"Data\":\"\",\"PartitionKey\":\"k\"}", b"]}"),
        ("nulls", b"{\"Records\":[null", b",null", b"]}"),
        ("tags", b"{\"Tags\":{\"\":\"\"", b",\"a\":\"\"", b"}}"),
        ("unknown", b"{\"Unknown\":[0", b",0", b"]}"),
        ("open lists", b"{\"Unknown\":", b"[", b""),
        ("a long text", b"{\"StreamName\":\"", b"\\u0001", b"\"}"),
        ("the same member", b"{\"StreamName\":\"a\"", b",\"StreamName\":\"\\n\"", b"}"),
    ];
    for (what, head, part, tail) in json {
        let body = repeated(head, part, tail);
        for operation in [Operation::PutRecords, Operation::AddTagsToStream] {
            assert_bounded(operation, Encoding::Json, what, &body);
        }
    }
    let cbor: [Hostile; 7] = [
        ("records", b"\xbf\x67Records\x9f", b"\xa0", b"\xff\xff"),
        ("tags", b"\xbf\x64Tags\xbf", b"\x61a\x60", b"\xff\xff"),
        ("unknown", b"\xbf\x67Unknown\x9f", b"\x00", b"\xff\xff"),
        ("open lists", b"\xbf\x67Unknown", b"\x9f", b""),
        ("a text in parts", b"\xbf\x6aStreamName\x7f", b"\x61a", b"\xff\xff"),
        ("no text in parts", b"\xbf\x6aStreamName\x7f", b"\x60", b"\xff\xff"),
        ("tags of tags", b"\xbf\x6aStreamName", b"\xc1", b"\x00\xff"),
    ];
    for (what, head, part, tail) in cbor {
        let body = repeated(head, part, tail);
        for operation in [Operation::PutRecords, Operation::AddTagsToStream] {
            assert_bounded(operation, Encoding::Cbor, what, &body);
        }
    }
    for claimed in [b"\xbf\x67Records\x9b".as_slice(), b"\xbf\x64Tags\xbb", b"\xbf\x6aStreamName\x7b", b"\xbb", b"\x9b"]
    {
        let body = [claimed, &[0xff; 8]].concat();
        assert_bounded(Operation::PutRecords, Encoding::Cbor, "a claimed length", &body);
    }
}
