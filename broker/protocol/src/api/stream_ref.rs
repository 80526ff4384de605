//! How a request names its stream, its consumer or its resource.

use crate::wire::Fields;
use crate::words::{ConsumerArn, ConsumerName, ResourceArn, StreamArn, StreamId, StreamName};

use super::{ApiError, ErrorCode};

/// The stream a request is for. A name or an ARN counts for more than an id: beside either, an id is ignored, even
/// one of a stream that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamRef {
    /// By name, in the caller's account.
    Name(StreamName),
    /// By ARN, which may be of another account or region.
    Arn(StreamArn),
    /// By the id of one incarnation.
    Id(StreamId),
}

impl StreamRef {
    /// The stream that StreamName, StreamARN and StreamId name together.
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, ApiError> {
        Self::take_optional(fields)?.ok_or_else(|| {
            ApiError::new(ErrorCode::InvalidArgument, "Either StreamName or StreamARN must be provided.")
        })
    }

    /// The same where a request may name none.
    pub(super) fn take_optional(fields: &mut Fields<'_>) -> Result<Option<Self>, ApiError> {
        let name = fields.text("StreamName");
        let arn = fields.text("StreamARN");
        let id = fields.text("StreamId");
        Self::of(name.as_deref(), arn.as_deref(), id.as_deref())
    }

    /// The stream of texts that are of their patterns.
    pub(super) fn of(name: Option<&str>, arn: Option<&str>, id: Option<&str>) -> Result<Option<Self>, ApiError> {
        let name: Option<StreamName> = name.map(|text| text.parse().expect("of the pattern of a stream name"));
        let arn = arn.map(stream_arn).transpose()?;
        let id: Option<StreamId> = id.map(|text| text.parse().expect("of the pattern of a stream id"));
        match (arn, name) {
            (Some(arn), Some(name)) if arn.name != name => Err(ApiError::new(
                ErrorCode::InvalidArgument,
                format!("StreamName {name} and StreamARN {arn} do not name the same stream."),
            )),
            (Some(arn), _) => Ok(Some(Self::Arn(arn))),
            (None, Some(name)) => Ok(Some(Self::Name(name))),
            (None, None) => Ok(id.map(Self::Id)),
        }
    }
}

/// The registered consumer a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsumerRef {
    /// By its own ARN.
    Arn(ConsumerArn),
    /// By its name and its stream's ARN or id.
    Named(StreamRef, ConsumerName),
}

impl ConsumerRef {
    /// The consumer that ConsumerARN, or ConsumerName beside StreamARN or StreamId, names.
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, ApiError> {
        let stream = StreamRef::take_optional(fields)?;
        let name: Option<ConsumerName> = fields.parsed("ConsumerName");
        let Some(text) = fields.text("ConsumerARN") else {
            return match (stream, name) {
                (Some(stream), Some(name)) => Ok(Self::Named(stream, name)),
                _ => Err(ApiError::new(
                    ErrorCode::InvalidArgument,
                    "Either ConsumerARN or both StreamARN and ConsumerName must be provided.",
                )),
            };
        };
        let arn: ConsumerArn = text.parse().map_err(|_| malformed("ConsumerARN", &text))?;
        let other_stream = matches!(&stream, Some(StreamRef::Arn(stream)) if *stream != arn.stream);
        if other_stream || name.is_some_and(|name| name != arn.name) {
            let message = format!("ConsumerARN {arn} does not match the given StreamARN or ConsumerName.");
            return Err(ApiError::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self::Arn(arn))
    }
}

/// A StreamARN that the model requires.
pub(super) fn required_stream_arn(fields: &mut Fields<'_>) -> Result<StreamArn, ApiError> {
    stream_arn(&fields.text("StreamARN").expect("required by the shape"))
}

/// A ResourceARN, which the model requires.
pub(super) fn resource_arn(fields: &mut Fields<'_>) -> Result<ResourceArn, ApiError> {
    let text = fields.text("ResourceARN").expect("required by the shape");
    text.parse().map_err(|_| malformed("ResourceARN", &text))
}

fn stream_arn(text: &str) -> Result<StreamArn, ApiError> {
    text.parse().map_err(|_| malformed("StreamARN", text))
}

/// The model's patterns let through ARNs of other kinds, and some that are none.
fn malformed(member: &str, text: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidArgument, format!("{member} {text} names nothing of the kind that is expected."))
}
