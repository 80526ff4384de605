//! What a reader finds, held against the model.

use forebay_log::{ReadError, ReadLimits};

use crate::world::World;

impl World {
    /// Reads a lane from somewhere and holds it against the model; `Err` where the log reports damage.
    pub(crate) fn read(&mut self, lane: u32) -> Result<(), ReadError> {
        let chunks = self.model.chunks(lane);
        let end = self.model.end_at(lane, self.model.counted).map_or(0, |end| end.next_counter);
        let from = self.random.below(end + 2);
        let limits = ReadLimits { bytes: self.random.below(5_000), records: 1 + self.random.below(20) };
        let seed = self.seed;
        let reader = self.reader.as_ref().expect("the log is open");
        let found = reader.read(lane, from, limits)?;
        let expected: Vec<_> =
            chunks.iter().filter(|chunk| chunk.end_counter() > from).take(found.len()).cloned().collect();
        assert_eq!(found, expected, "seed {seed}: lane {lane} from {from}");
        let more = chunks.iter().any(|chunk| chunk.end_counter() > from);
        assert_eq!(found.is_empty(), !more, "seed {seed}: lane {lane} from {from} has a gap");

        assert_eq!(reader.lane_end(lane), self.model.end_at(lane, self.model.counted), "seed {seed}: lane {lane}");
        if let Some(oldest) = reader.oldest(lane)? {
            let expected = chunks.first().map_or(end, |chunk| chunk.first_counter);
            assert_eq!(oldest, expected, "seed {seed}: the oldest of lane {lane}");
        }
        let time_ms = self.now_ms.saturating_sub(self.random.below(300));
        if let Some(counter) = reader.first_at_or_after(lane, time_ms)? {
            let expected =
                chunks.iter().find(|chunk| chunk.time_ms >= time_ms).map_or(end, |chunk| chunk.first_counter);
            assert_eq!(counter, expected, "seed {seed}: lane {lane} at {time_ms}");
        }
        Ok(())
    }

    /// Reads everything of every lane.
    pub(crate) fn read_all(&mut self) -> Result<(), ReadError> {
        let limits = ReadLimits { bytes: u64::MAX, records: u64::MAX };
        for lane in self.model.lanes() {
            let found = self.reader.as_ref().expect("open").read(lane, 0, limits)?;
            assert_eq!(found, self.model.chunks(lane), "seed {}: lane {lane}", self.seed);
            self.read(lane)?;
        }
        Ok(())
    }
}
