// What every test of this suite starts from: a client as a user makes one (HTTP/2 with prior knowledge is this SDK's
// default for Kinesis), streams of their own, and records read as texts.

import { setTimeout as sleep } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-kinesis';

const ACTIVE_WITHIN_MS = 60_000;
let made = 0;

export const kinesis = new sdk.KinesisClient({ endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 });

/** Sends one operation by its name. */
export function call(operation, input) {
  return kinesis.send(new sdk[`${operation}Command`](input));
}

/** Creates a stream under a name of its own and waits until it is active. */
export async function create(shardCount) {
  const name = `node-${process.pid}-${made++}`;
  await call('CreateStream', { StreamName: name, ShardCount: shardCount });
  await active(name);
  return name;
}

/** The summary, once the stream may be changed. */
export async function active(name) {
  const until = Date.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const { StreamDescriptionSummary: summary } = await call('DescribeStreamSummary', { StreamName: name });
    if (summary.StreamStatus === 'ACTIVE') return summary;
    if (Date.now() > until) throw new Error(`${name} is still ${summary.StreamStatus}`);
    await sleep(50);
  }
}

export function shardId(index) {
  return `shardId-${String(index).padStart(12, '0')}`;
}

export function put(stream, hashKey, text) {
  const record = { StreamName: stream, PartitionKey: 'a', ExplicitHashKey: String(hashKey), Data: Buffer.from(text) };
  return call('PutRecord', record);
}

export async function iterator(stream, index, type, more = {}) {
  const input = { StreamName: stream, ShardId: shardId(index), ShardIteratorType: type, ...more };
  return (await call('GetShardIterator', input)).ShardIterator;
}

/** Texts from a position on, until `atLeast` are there and the reader is at the tip, or the shard ends. */
export async function read(position, atLeast) {
  const found = [];
  const until = Date.now() + ACTIVE_WITHIN_MS;
  while (position && Date.now() < until) {
    const page = await call('GetRecords', { ShardIterator: position });
    found.push(...page.Records.map((record) => Buffer.from(record.Data).toString()));
    if (page.MillisBehindLatest === 0 && found.length >= atLeast) break;
    position = page.NextShardIterator;
  }
  return found;
}
