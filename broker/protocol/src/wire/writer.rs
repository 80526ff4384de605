//! Answers, written member by member into the caller's buffer in either dialect.

use crate::words::{
    ConsumerArn, ConsumerName, HashKey, SequenceNumber, ShardId, StreamArn, StreamId, StreamName, TimestampMs,
};

/// Writes one document in one dialect. A structure's members are names and values in turn.
pub trait Writer {
    /// Opens a structure or map.
    fn begin_map(&mut self);
    /// Closes the innermost structure or map.
    fn end_map(&mut self);
    /// Opens a list.
    fn begin_list(&mut self);
    /// Closes the innermost list.
    fn end_list(&mut self);
    /// The name of a member: ASCII without quotes, backslashes or control characters.
    fn name(&mut self, name: &str);
    /// A key of the client's choice.
    fn key(&mut self, key: &str);
    /// Any text.
    fn text(&mut self, text: &str);
    /// A text of letters, digits and other ASCII that no dialect escapes: not quotes, backslashes, control characters.
    fn plain(&mut self, text: &str);
    /// An integer.
    fn integer(&mut self, value: i64);
    /// True or false.
    fn boolean(&mut self, value: bool);
    /// A moment.
    fn timestamp(&mut self, at: TimestampMs);
    /// Bytes.
    fn blob(&mut self, bytes: &[u8]);

    /// A member.
    fn member(&mut self, name: &str, value: &(impl Output + ?Sized))
    where
        Self: Sized,
    {
        self.name(name);
        value.write(self);
    }

    /// A member that is left out if there is no value.
    fn optional(&mut self, name: &str, value: Option<&(impl Output + ?Sized)>)
    where
        Self: Sized,
    {
        if let Some(value) = value {
            self.member(name, value);
        }
    }
}

/// What can be written.
pub trait Output {
    /// Writes it as one value.
    fn write(&self, writer: &mut impl Writer);
}

impl Output for str {
    fn write(&self, writer: &mut impl Writer) {
        writer.text(self);
    }
}

impl Output for String {
    fn write(&self, writer: &mut impl Writer) {
        writer.text(self);
    }
}

impl Output for bool {
    fn write(&self, writer: &mut impl Writer) {
        writer.boolean(*self);
    }
}

impl Output for u32 {
    fn write(&self, writer: &mut impl Writer) {
        writer.integer(i64::from(*self));
    }
}

impl Output for u64 {
    fn write(&self, writer: &mut impl Writer) {
        writer.integer(i64::try_from(*self).unwrap_or(i64::MAX));
    }
}

impl Output for TimestampMs {
    fn write(&self, writer: &mut impl Writer) {
        writer.timestamp(*self);
    }
}

impl Output for SequenceNumber {
    fn write(&self, writer: &mut impl Writer) {
        let digits = self.digits();
        writer.plain(std::str::from_utf8(&digits).expect("decimal digits are ASCII"));
    }
}

impl<T: Output> Output for [T] {
    fn write(&self, writer: &mut impl Writer) {
        writer.begin_list();
        for item in self {
            item.write(writer);
        }
        writer.end_list();
    }
}

impl<T: Output> Output for Vec<T> {
    fn write(&self, writer: &mut impl Writer) {
        self.as_slice().write(writer);
    }
}

impl<T: Output + ?Sized> Output for &T {
    fn write(&self, writer: &mut impl Writer) {
        (**self).write(writer);
    }
}

/// Words whose text needs no escaping.
macro_rules! plain {
    ($($word:ty),+) => {
        $(impl Output for $word {
            fn write(&self, writer: &mut impl Writer) {
                writer.plain(&self.to_string());
            }
        })+
    };
}

plain!(ConsumerArn, HashKey, StreamArn, StreamId);

impl Output for StreamName {
    fn write(&self, writer: &mut impl Writer) {
        writer.plain(self.as_str());
    }
}

impl Output for ConsumerName {
    fn write(&self, writer: &mut impl Writer) {
        writer.plain(self.as_str());
    }
}

/// Without the formatter and its allocation: every record that is put carries one.
impl Output for ShardId {
    fn write(&self, writer: &mut impl Writer) {
        let mut text = *b"shardId-000000000000";
        let mut rest = self.0;
        for digit in text[8..].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).expect("a digit");
            rest /= 10;
        }
        writer.plain(std::str::from_utf8(&text).expect("ASCII"));
    }
}
