//! The feature level: which formats a range may write. Raised by a logged entry only, after every replica supports it, so
//! that the release before can read all that was written below.

/// A feature level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureLevel(pub u16);

impl FeatureLevel {
    /// The first.
    pub const FIRST: Self = Self(1);
    /// The highest this release supports.
    pub const SUPPORTED: Self = Self(1);
}

/// Why the level is not raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RaiseRefusal {
    /// This release does not know it.
    #[error("feature level {} is above {}, the highest supported", .0.0, FeatureLevel::SUPPORTED.0)]
    Unsupported(FeatureLevel),
    /// A level is never lowered.
    #[error("feature level {} is not above {}, the present one", .to.0, .present.0)]
    NotHigher {
        /// What was asked for.
        to: FeatureLevel,
        /// What is.
        present: FeatureLevel,
    },
}

impl FeatureLevel {
    /// Whether a range of this level may go to `to`, when this release and every other replica support `supported`.
    pub(crate) fn decide(self, to: Self, supported: Self) -> Result<Self, RaiseRefusal> {
        if to > supported {
            return Err(RaiseRefusal::Unsupported(to));
        }
        if to <= self { Err(RaiseRefusal::NotHigher { to, present: self }) } else { Ok(to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_only_raised_and_only_to_what_is_supported() {
        let (one, two, three) = (FeatureLevel(1), FeatureLevel(2), FeatureLevel(3));
        assert_eq!(one.decide(two, two), Ok(two));
        assert_eq!(one.decide(three, two), Err(RaiseRefusal::Unsupported(three)));
        assert_eq!(two.decide(two, three), Err(RaiseRefusal::NotHigher { to: two, present: two }));
        assert_eq!(two.decide(one, three), Err(RaiseRefusal::NotHigher { to: one, present: two }));
    }
}
