//! Holds bytes on disk through a crash; forbids knowing what they mean (no Kinesis word appears here).
