//! RegisterStreamConsumer.

use forebay_protocol::api::{ApiError, ConsumerRef, RegisterStreamConsumer, RegisterStreamConsumerOutput, StreamRef};

use super::Answering;
use super::consumers::shown;
use super::tags::{self, Failed};
use crate::catalog::{Catalog, StreamChange};
use crate::ranges::Ranges;

impl<R: Ranges, C: Catalog> Answering<'_, R, C> {
    pub(super) async fn register_stream_consumer(
        &self,
        request: RegisterStreamConsumer,
    ) -> Result<RegisterStreamConsumerOutput, ApiError> {
        let RegisterStreamConsumer { stream: arn, name, tags } = request;
        let named = StreamRef::Arn(arn);
        let stream = self.stream(&named)?;
        tags::check_added(
            &tags,
            &tags::none(),
            Failed::ToAdd { stream: &stream.arn.name, account: self.caller.account },
        )?;
        let change = StreamChange::RegisterConsumer { name: name.clone(), tags };
        self.change(&stream, change).await?;
        let (_, consumer) = self.consumer(&ConsumerRef::Named(named, name))?;
        Ok(RegisterStreamConsumerOutput { consumer: shown(&consumer) })
    }
}
