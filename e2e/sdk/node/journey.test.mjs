// One stream's life with the AWS SDK for JavaScript: records, iterators, reshards, tags, retention, pages.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { active, call, create, iterator, kinesis, put, read, shardId } from './streams.mjs';

const KEYS = 2n ** 128n;

after(() => kinesis.destroy());

test('every kind of iterator starts where it says', async () => {
  const stream = await create(2);
  const first = (await put(stream, 0, 'one')).SequenceNumber;
  const latest = await iterator(stream, 0, 'LATEST');
  await sleep(50);
  const middle = new Date();
  await sleep(50);
  const second = (await put(stream, 0, 'zwei')).SequenceNumber;
  assert.ok(first < second);
  const from = async (type, more, atLeast) => read(await iterator(stream, 0, type, more), atLeast);
  assert.deepEqual(await from('TRIM_HORIZON', {}, 2), ['one', 'zwei']);
  assert.deepEqual(await read(latest, 1), ['zwei']);
  assert.deepEqual(await from('AT_SEQUENCE_NUMBER', { StartingSequenceNumber: first }, 2), ['one', 'zwei']);
  assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber: first }, 1), ['zwei']);
  assert.deepEqual(await from('AT_TIMESTAMP', { Timestamp: middle }, 1), ['zwei']);
  await call('DeleteStream', { StreamName: stream });
});

test('five hundred records keep their bytes and the order of the request', async () => {
  const stream = await create(4);
  const records = Array.from({ length: 500 }, (_, i) => ({ PartitionKey: `key-${i}`, Data: Uint8Array.of(0, 255, i % 256) }));
  const answer = await call('PutRecords', { StreamName: stream, Records: records });
  assert.equal(answer.FailedRecordCount, 0);
  const stored = new Map();
  for (let shard = 0; shard < 4; shard++) {
    const position = await iterator(stream, shard, 'TRIM_HORIZON');
    const { Records } = await call('GetRecords', { ShardIterator: position });
    for (const record of Records) stored.set(record.SequenceNumber, record);
  }
  assert.equal(stored.size, 500);
  answer.Records.forEach((result, i) => {
    assert.equal(stored.get(result.SequenceNumber).PartitionKey, records[i].PartitionKey);
    assert.deepEqual(stored.get(result.SequenceNumber).Data, records[i].Data);
  });
  await call('DeleteStream', { StreamName: stream });
});

test('a split ends its parent, a merge joins two', async () => {
  const stream = await create(1);
  await put(stream, 0, 'before');
  await call('SplitShard', { StreamName: stream, ShardToSplit: shardId(0), NewStartingHashKey: String(KEYS / 2n) });
  await active(stream);
  assert.equal((await put(stream, KEYS - 1n, 'high')).ShardId, shardId(2));
  let page = await call('GetRecords', { ShardIterator: await iterator(stream, 0, 'TRIM_HORIZON') });
  const texts = [];
  for (; ; page = await call('GetRecords', { ShardIterator: page.NextShardIterator })) {
    texts.push(...page.Records.map((record) => Buffer.from(record.Data).toString()));
    if (!page.NextShardIterator) break;
  }
  assert.deepEqual(texts, ['before']);
  assert.deepEqual(page.ChildShards.map((child) => child.ShardId), [shardId(1), shardId(2)]);
  await call('MergeShards', { StreamName: stream, ShardToMerge: shardId(1), AdjacentShardToMerge: shardId(2) });
  await active(stream);
  const { Shards } = await call('ListShards', { StreamName: stream, ShardFilter: { Type: 'AT_LATEST' } });
  assert.deepEqual(Shards.map((shard) => shard.ShardId), [shardId(3)]);
  assert.deepEqual([Shards[0].ParentShardId, Shards[0].AdjacentParentShardId], [shardId(1), shardId(2)]);
  await call('DeleteStream', { StreamName: stream });
});

test('tags and retention change', async () => {
  const stream = await create(1);
  await call('AddTagsToStream', { StreamName: stream, Tags: { team: 'orders', tier: '1' } });
  const page = await call('ListTagsForStream', { StreamName: stream, Limit: 1 });
  assert.deepEqual([page.Tags[0].Key, page.HasMoreTags], ['team', true]);
  await call('RemoveTagsFromStream', { StreamName: stream, TagKeys: ['team'] });
  assert.deepEqual((await call('ListTagsForStream', { StreamName: stream })).Tags, [{ Key: 'tier', Value: '1' }]);
  await call('IncreaseStreamRetentionPeriod', { StreamName: stream, RetentionPeriodHours: 48 });
  assert.equal((await active(stream)).RetentionPeriodHours, 48);
  await call('DecreaseStreamRetentionPeriod', { StreamName: stream, RetentionPeriodHours: 24 });
  assert.equal((await active(stream)).RetentionPeriodHours, 24);
  await call('DeleteStream', { StreamName: stream });
});

test('shards come in pages', async () => {
  const stream = await create(5);
  const found = [];
  let input = { StreamName: stream, MaxResults: 2 };
  while (input) {
    const page = await call('ListShards', input);
    assert.ok(page.Shards.length <= 2);
    found.push(...page.Shards.map((shard) => shard.ShardId));
    input = page.NextToken && { NextToken: page.NextToken, MaxResults: 2 };
  }
  assert.deepEqual(found, [0, 1, 2, 3, 4].map(shardId));
  await call('DeleteStream', { StreamName: stream });
});
