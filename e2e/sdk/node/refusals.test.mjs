// Every refusal of ../errors.json as the AWS SDK for JavaScript reports it: type and text.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { active, call, create, kinesis, put, shardId } from './streams.mjs';

const cases = JSON.parse(readFileSync(new URL('../errors.json', import.meta.url)));
const facts = {};

// The stream that the cases speak of: shard 0 with one record, shard 1 split into 2 and 3.
before(async () => {
  facts.stream = await create(2);
  facts.sequence = (await put(facts.stream, 0, 'x')).SequenceNumber;
  const middle = String(2n ** 127n + 2n ** 126n);
  await call('SplitShard', { StreamName: facts.stream, ShardToSplit: shardId(1), NewStartingHashKey: middle });
  [, , , facts.region, facts.account] = (await active(facts.stream)).StreamARN.split(':');
});

after(async () => {
  await call('DeleteStream', { StreamName: facts.stream });
  kinesis.destroy();
});

for (const wanted of cases) {
  test(wanted.name, async () => {
    const refused = await call(wanted.operation, filled(wanted.input)).then(() => assert.fail('not refused'), (error) => error);
    if (wanted.type !== '*') assert.equal(refused.name, wanted.type, refused.message);
    if (wanted.message) assert.equal(refused.message, filled(wanted.message));
    else assert.match(refused.message, new RegExp(`^(?:${filled(wanted.pattern)})$`));
  });
}

/** A case's value with the facts in the place of their names, `$repeat` written out, and this SDK's types. */
function filled(value, member) {
  if (member === 'Data') return Buffer.from(value);
  if (member === 'Timestamp') return new Date(value * 1000);
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (text, name) => facts[name] ?? text);
  if (Array.isArray(value)) return value.map((item) => filled(item));
  if (value === null || typeof value !== 'object') return value;
  if (value.$repeat) {
    const [item, times] = value.$repeat;
    return typeof item === 'string' ? item.repeat(times) : Array.from({ length: times }, () => filled(item));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, key)]));
}
