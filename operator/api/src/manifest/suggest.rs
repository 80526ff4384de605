//! The known word that was probably meant.

/// The word nearest to `given`, if near enough to be a slip: up to a third of its letters wrong, capitals aside.
pub(super) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = folded(given);
    let distance = |word: &&str| strsim::damerau_levenshtein(&folded, &self::folded(word));
    let (distance, word) = known.map(|word| (distance(&word), word)).min_by_key(|(distance, _)| *distance)?;
    (distance <= given.chars().count() / 3).then_some(word)
}

/// Without what people mix up in names: capitals, `_` and `-`.
fn folded(word: &str) -> String {
    word.chars().filter(|letter| !matches!(letter, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["shardCount", "streamModeDetails", "retentionPeriodHours"];
        for (given, meant) in [
            ("shardcount", Some("shardCount")),
            ("shard_count", Some("shardCount")),
            ("shards", None),
            ("ShardCuont", Some("shardCount")),
            ("retentionPeriodHour", Some("retentionPeriodHours")),
            ("replicas", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known.into_iter()), meant, "{given}");
        }
        assert_eq!(nearest("on-demand", ["PROVISIONED", "ON_DEMAND"].into_iter()), Some("ON_DEMAND"));
    }
}
