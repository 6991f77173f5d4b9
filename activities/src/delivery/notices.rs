//! Sends notices, which are chat messages that belong to no carousel, once each through the ledger.

use std::sync::Arc;

use ::telegram::talk;
use domain::Outcome;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{self, NoticeInput, NoticeSent};

use super::telegram::{MaybePost, no_bot};
use crate::{
    attempt::{Attempt, Conditions},
    error::Error,
};

/// The notice activity of the delivery pool.
pub struct Notices {
    post: MaybePost,
    conditions: Conditions,
}

impl Notices {
    pub(super) fn new(post: MaybePost, conditions: Conditions) -> Self {
        Self { post, conditions }
    }

    /// An unreachable chat is a result and not an error: the workflow pauses the subscription.
    async fn send(&self, attempt: Attempt, input: NoticeInput) -> Result<NoticeSent, Error> {
        let post = self.post.as_deref().ok_or_else(no_bot)?;
        let text = |language| match (&input.report, &input.erased) {
            (_, Some(erased)) => Ok(talk::forgotten(
                language,
                erased.carousels,
                erased.schedules,
            )),
            (Some(report), None) => Ok(talk::broadcast_report(
                language,
                report.state == "done",
                (report.sent, report.failed, report.closed),
                (report.unknown, report.left),
            )),
            (None, None) => Err(Error::Input(format!("“{}” says nothing", input.name))),
        };
        let said = post
            .say(&attempt, &input.destination, &input.name, text)
            .await;
        let (outcome, reason) = match said {
            Ok(outcome) => (outcome, String::new()),
            Err(Error::Closed(reason)) => (Outcome::Failed, reason),
            Err(error) => return Err(error),
        };
        Ok(NoticeSent {
            outcome: outcome.name().to_owned(),
            reason,
        })
    }
}

#[activities]
impl Notices {
    #[activity(definition = contract::notice::SendNotice)]
    pub async fn send_notice(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: NoticeInput,
    ) -> Result<NoticeSent, ActivityError> {
        let carousel = input.carousel.clone();
        self.conditions
            .attempt_for(&ctx, &carousel, |attempt| self.send(attempt, input))
            .await
    }
}
