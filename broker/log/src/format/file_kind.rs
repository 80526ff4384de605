//! What a file is, by its first eight bytes.

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Segment,
    HardState,
    Snapshot,
}

impl FileKind {
    /// The bytes such a file begins with.
    pub(crate) const fn magic(self) -> [u8; 8] {
        match self {
            Self::Segment => *b"forebayS",
            Self::HardState => *b"forebayH",
            Self::Snapshot => *b"forebayT",
        }
    }

    /// `None` where the file is of none of these kinds.
    pub(crate) fn of(front: &[u8]) -> Option<Self> {
        [Self::Segment, Self::HardState, Self::Snapshot].into_iter().find(|kind| front.starts_with(&kind.magic()))
    }
}
