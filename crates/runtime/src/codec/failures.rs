//! Failures in histories, which Temporal shows unencrypted. Failures with one of our types have
//! fixed messages without user text. Others, such as panics and payload errors, can contain
//! anything: their message and stack trace are encrypted.

use temporalio_common::{
    data_converters::{
        DefaultFailureConverter, FailureConverter, PayloadConversionError, PayloadConverter,
        SerializationContextData,
    },
    error::{IncomingError, OutgoingActivityError, OutgoingError, OutgoingWorkflowError},
};
use temporalio_protos::temporal::api::failure::v1::Failure;

const READABLE: DefaultFailureConverter = DefaultFailureConverter::new(false);
const ENCODED: DefaultFailureConverter = DefaultFailureConverter::new(true);

/// Moves untyped messages into the part of a failure that the codec encrypts.
pub(super) struct FailureRedactor;

impl FailureConverter for FailureRedactor {
    fn to_failure(
        &self,
        error: OutgoingError,
        payloads: &PayloadConverter,
        context: &SerializationContextData,
    ) -> Failure {
        let converter = if is_ours(&error) { READABLE } else { ENCODED };
        converter.to_failure(error, payloads, context)
    }

    fn to_error(
        &self,
        failure: Failure,
        payloads: &PayloadConverter,
        context: &SerializationContextData,
    ) -> Result<IncomingError, PayloadConversionError> {
        READABLE.to_error(failure, payloads, context)
    }
}

fn is_ours(error: &OutgoingError) -> bool {
    match error {
        OutgoingError::Activity(OutgoingActivityError::Application(failure))
        | OutgoingError::Workflow(OutgoingWorkflowError::Application(failure)) => {
            failure.type_name().is_some()
        }
        // It contains no user text.
        OutgoingError::Activity(OutgoingActivityError::Cancelled { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use temporalio_common::error::ApplicationFailure;

    use super::*;

    #[test]
    fn panics_are_encoded_and_own_messages_are_not() {
        let (payloads, context) = (PayloadConverter::default(), SerializationContextData::None);
        let sent = |failure: ApplicationFailure| {
            let error = OutgoingError::from(OutgoingActivityError::from(Box::new(failure)));
            FailureRedactor.to_failure(error, &payloads, &context)
        };
        let ours = ApplicationFailure::builder("the model is away".to_owned());
        let ours = sent(ours.type_name("Unavailable".to_owned()).build());
        assert_eq!(ours.message, "the model is away");
        let panic = sent(ApplicationFailure::new("byte 3 of `a topic`".to_owned()));
        assert_eq!(panic.message, "Encoded failure");
        let read = FailureRedactor.to_error(panic, &payloads, &context);
        let read = read.expect("a failure");
        assert_eq!(read.failure().message, "byte 3 of `a topic`");
    }
}
