//! [`ModelCaller`]: makes the model calls of a provider. The ai pool implements it: with an
//! allowance, the circuit breaker, a timeout, metrics and usage records.

use std::time::SystemTime;

use domain::ProviderName;
use llm::{
    language_model::{CallPurpose, ModelReply, ModelRequest, Recording},
    model_connection::ModelConnection,
};

use crate::provider::ProviderFuture;

pub trait ModelCaller: Send + Sync {
    fn ask<'a>(
        &'a self,
        connection: &'a ModelConnection,
        request: &'a ModelRequest,
    ) -> ProviderFuture<'a, ModelReply>;

    fn transcribe<'a>(
        &'a self,
        connection: &'a ModelConnection,
        recording: Recording<'a>,
    ) -> ProviderFuture<'a, ModelReply>;

    /// Records a call of a provider without a model; it costs nothing.
    fn record_free_call(&self, provider: ProviderName, purpose: CallPurpose, began: SystemTime);

    /// Counts an unusable reply: of a call that is repaired next, or of the repair.
    fn count_unusable_reply(
        &self,
        connection: &ModelConnection,
        purpose: CallPurpose,
        repairing: bool,
    );

    fn now(&self) -> SystemTime;
}
