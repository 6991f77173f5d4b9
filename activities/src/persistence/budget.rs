//! [`Budget`]: what one user's model calls may cost a day, the polite refusal beyond it, and what is
//! written into the books for it.

use domain::UserId;
use events::Timestamp;
use storage::{
    Reads,
    usage::{self, Entry},
};
use workflows::contract::ModelCall;

use super::record::moment;
use crate::error::Error;

/// Millionths of a US dollar.
pub type Micros = u64;

/// What a user may spend a day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(Micros);

impl Budget {
    /// So much a day.
    pub fn per_day(micros: Micros) -> Self {
        Self(micros)
    }

    /// Lets in whoever has not spent the day's budget. A call is paid for after it was made, so the
    /// last one may go a little beyond.
    ///
    /// # Errors
    /// [`Error::Quota`], with the words for whoever asked; or what the database says instead.
    pub(super) async fn admit(
        self,
        books: &impl Reads,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let spent = usage::of_day(books, user, now.date_naive()).await?;
        if spent.cost_micros < self.0 {
            return Ok(());
        }
        Err(Error::Quota(
            "today's budget for models is used up: there is a new one at midnight UTC, and our own \
             notes write at any time without one"
                .to_owned(),
        ))
    }
}

/// The entries of these calls, named after the step that writes them down; those that took nothing
/// are left out.
pub(super) fn entries(
    workflow: &str,
    step: &str,
    user: &UserId,
    calls: &[ModelCall],
    at: Timestamp,
) -> Vec<Entry> {
    let took = |call: &ModelCall| {
        u64::from(call.tokens_in) + u64::from(call.tokens_out) + call.cost_micros > 0
    };
    let numbered = calls.iter().enumerate().filter(|(_, call)| took(call));
    numbered
        .map(|(number, call)| Entry {
            id: format!("{workflow}/{step}/{number}"),
            user: user.clone(),
            provider: call.provider.clone(),
            model: call.model.clone(),
            tokens_in: call.tokens_in.into(),
            tokens_out: call.tokens_out.into(),
            cost_micros: call.cost_micros,
            at: moment(call.finished_at).unwrap_or(at),
        })
        .collect()
}
