//! The actions over the model, and how a test asks them.

use std::cell::Cell;
use std::sync::Arc;

use forebay_gateway::actions::{Actions, Caller, Received};
use forebay_gateway::ranges::Held;
use forebay_protocol::api::{ApiError, Operation};
use forebay_protocol::iterator::IteratorKeys;
use forebay_protocol::wire::Encoding;
use forebay_protocol::words::TimestampMs;
use serde_json::{Value, json};

use crate::model::{Accounts, INSTALLATION_ACCOUNT, Shards};

/// When every test begins: 2023-11-14 22:13:20 UTC.
pub(crate) const START: TimestampMs = TimestampMs(1_700_000_000_000);

/// Actions with what they act on, and a clock.
pub(crate) struct World {
    pub(crate) shards: Shards,
    pub(crate) accounts: Accounts,
    actions: Actions<Shards, Accounts>,
    now: Cell<TimestampMs>,
    requests: Cell<u128>,
}

/// What seals shard iterators.
pub(crate) fn iterator_keys() -> IteratorKeys {
    IteratorKeys::new(1, &[7; 32])
}

/// An error's type and text.
pub(crate) type Refused = (String, String);

impl World {
    /// No streams yet.
    pub(crate) fn new() -> Self {
        let shards = Shards::default();
        let accounts = Accounts::new(shards.clone());
        let actions = Actions::new(shards.clone(), accounts.clone(), iterator_keys());
        let world = Self { shards, accounts, actions, now: Cell::new(START), requests: Cell::new(1) };
        world.at(START);
        world
    }

    /// The stream `orders` of so many shards.
    pub(crate) fn with_orders(shard_count: u32) -> Self {
        let world = Self::new();
        world.done(Operation::CreateStream, json!({"StreamName": "orders", "ShardCount": shard_count}));
        world
    }

    /// Sets every clock.
    pub(crate) fn at(&self, now: TimestampMs) {
        self.now.set(now);
        self.shards.at(now);
        self.accounts.at(now);
    }

    /// Lets time pass.
    pub(crate) fn pass_ms(&self, elapsed_ms: u64) {
        self.at(TimestampMs(self.now.get().0 + elapsed_ms));
    }

    /// The clock.
    pub(crate) fn now(&self) -> TimestampMs {
        self.now.get()
    }

    /// The answer's body.
    pub(crate) fn answer(&self, account: &str, received: Received<'_>) -> Result<Vec<u8>, ApiError> {
        self.requests.set(self.requests.get() + 1);
        let caller = Caller { account: account.parse().expect("an account"), request_id: self.requests.get() << 96 };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(self.actions.answer(caller, received, self.now.get()))
    }

    /// What the installation's own account is answered.
    pub(crate) fn ask(&self, operation: Operation, input: Value) -> Result<Value, Refused> {
        self.ask_as(INSTALLATION_ACCOUNT, operation, input)
    }

    /// What an account is answered; null if there is no output.
    #[expect(clippy::needless_pass_by_value, reason = "requests are written in place")]
    pub(crate) fn ask_as(&self, account: &str, operation: Operation, input: Value) -> Result<Value, Refused> {
        let body = input.to_string();
        let held = Held::from(Arc::new(()));
        let received = Received { operation, encoding: Encoding::Json, body: body.as_bytes(), held: &held };
        match self.answer(account, received) {
            Ok(body) if body.is_empty() => Ok(Value::Null),
            Ok(body) => Ok(serde_json::from_slice(&body).expect("JSON")),
            Err(error) => Err((error.code.name().to_owned(), error.message.into_owned())),
        }
    }

    /// The output of what succeeds.
    pub(crate) fn done(&self, operation: Operation, input: Value) -> Value {
        let asked = format!("{} {input}", operation.name());
        self.ask(operation, input).unwrap_or_else(|refused| panic!("{asked}: {refused:?}"))
    }

    /// Asks for each row's input and compares type and text.
    pub(crate) fn refuses(&self, operation: Operation, rows: &[(Value, &str, &str)]) {
        for (input, code, text) in rows {
            let answer = self.ask(operation, input.clone());
            assert_eq!(answer, Err(((*code).to_owned(), (*text).to_owned())), "{} {input}", operation.name());
        }
    }

    /// A shard iterator of `orders`.
    pub(crate) fn iterator(&self, mut input: Value) -> String {
        input["StreamName"] = json!("orders");
        let output = self.done(Operation::GetShardIterator, input);
        output["ShardIterator"].as_str().expect("a token").to_owned()
    }

    /// A read of `orders`.
    pub(crate) fn read(&self, iterator: &str) -> Value {
        self.done(Operation::GetRecords, json!({"ShardIterator": iterator}))
    }

    /// Puts one record into `orders`; yields its shard and number.
    pub(crate) fn put(&self, hash_key: &str, data: &str) -> (String, String) {
        let record = json!({"StreamName": "orders", "PartitionKey": "k", "ExplicitHashKey": hash_key, "Data": data});
        let output = self.done(Operation::PutRecord, record);
        let text = |name: &str| output[name].as_str().expect("a text").to_owned();
        (text("ShardId"), text("SequenceNumber"))
    }
}

/// The ids of shards in an answer.
pub(crate) fn shard_ids(shards: &Value) -> Vec<u64> {
    let ids = shards.as_array().expect("a list").iter().map(|shard| shard["ShardId"].as_str().expect("an id"));
    ids.map(|id| id.strip_prefix("shardId-").expect("the prefix").parse().expect("digits")).collect()
}
