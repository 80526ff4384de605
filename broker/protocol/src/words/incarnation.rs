//! Identities that outlive names: a stream made again under its old name is another one.

use std::fmt;
use std::str::FromStr;

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdentityError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(ParseIdentityError(text.to_owned()));
                }
                u128::from_str_radix(text, 16)
                    .map(|number| Self(number.to_be_bytes()))
                    .map_err(|_| ParseIdentityError(text.to_owned()))
            }
        }
    };
}

/// A text that is no identity: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identity of 32 hexadecimal digits: {0:?}")]
pub struct ParseIdentityError(pub String);

identity! {
    /// 128 random bits minted when a stream is created.
    Incarnation
}

identity! {
    /// 128 random bits minted for a range; its directory's name.
    RangeUuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_its_text() {
        let identity = Incarnation([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(identity.to_string(), "000102030405060708090a0b0c0d0eff");
        assert_eq!(identity.to_string().parse(), Ok(identity));
        assert!("+00102030405060708090a0b0c0d0eff".parse::<Incarnation>().is_err());
    }
}
