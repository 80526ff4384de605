//! What each part cost on the machine the design was measured on: thread CPU time, lower quartile of 60 rounds, an Intel
//! Xeon with AVX-512 and SHA-NI at two virtual CPUs, virtio disk, ext4.

/// A figure to compare with.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct Figure {
    /// The lower end.
    pub(crate) low: f64,
    /// The upper end; the same where the design gives one number.
    pub(crate) high: f64,
}

impl Figure {
    const fn one(figure: f64) -> Self {
        Self { low: figure, high: figure }
    }

    /// How many times the figure a measurement is: of the nearer end, 1 within.
    pub(crate) fn ratio(&self, measured: f64) -> f64 {
        measured / measured.clamp(self.low, self.high)
    }
}

pub(crate) const RECEIVE: Figure = Figure { low: 195.0, high: 320.0 };
pub(crate) const SHA256: Figure = Figure::one(812.0);
pub(crate) const JSON_PARSE: Figure = Figure::one(267.0);
pub(crate) const CBOR_WALK: Figure = Figure::one(39.0);
pub(crate) const MD5: Figure = Figure::one(99.0);
pub(crate) const BASE64_DECODE: Figure = Figure::one(128.0);
pub(crate) const BASE64_ENCODE: Figure = Figure::one(94.0);
pub(crate) const CRC32C: Figure = Figure::one(14.0);
/// Parse, MD5, base64, CRC, frame and answer with SIMD, 522 ns, less sonic-rs, 164, plus borrowed serde_json, 267.
pub(crate) const PUT_WITHOUT_HASH: Figure = Figure::one(522.0 - 164.0 + 267.0);
/// Of a `u128`; a sequence number is half as long again.
pub(crate) const DECIMAL: Figure = Figure::one(13.0);
pub(crate) const GET_ANSWER: Figure = Figure::one(112.0);
pub(crate) const WRITE_AND_SYNC: Figure = Figure::one(360.0);
/// Nanoseconds a request, not a record.
pub(crate) const SIGNATURE: Figure = Figure::one(2060.0);
/// With hashing and hand-over to the thread that commits, 1,941 to 2,054 ns, plus that thread's 360.
pub(crate) const PUT_WHOLE: Figure = Figure { low: 2301.0, high: 2414.0 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_to_the_nearer_end() {
        let table = [(100.0, 1.0), (150.0, 1.0), (50.0, 0.5), (400.0, 2.0)];
        for (measured, ratio) in table {
            let found = Figure { low: 100.0, high: 200.0 }.ratio(measured);
            assert!((found - ratio).abs() < 1e-9, "{measured}: {found}");
        }
    }
}
