//! Sends notices, which are chat messages that belong to no carousel, once each through the ledger.

use std::sync::Arc;

use ::telegram::messages;
use domain::Outcome;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{self, NoticeInput, NoticeSent};

use super::telegram_sender::{OptionalSender, missing_bot};
use crate::{
    activity_failure::ActivityFailure,
    activity_run::{ActivityEnvironment, CarouselActivityRun},
};

/// The notice activity of the delivery pool.
pub struct NoticeService {
    sender: OptionalSender,
    conditions: ActivityEnvironment,
}

impl NoticeService {
    pub(super) fn new(sender: OptionalSender, conditions: ActivityEnvironment) -> Self {
        Self { sender, conditions }
    }

    /// An unreachable chat is a result and not an error: the workflow pauses the subscription.
    async fn send(
        &self,
        attempt: CarouselActivityRun,
        input: NoticeInput,
    ) -> Result<NoticeSent, ActivityFailure> {
        let post = self.sender.as_deref().ok_or_else(missing_bot)?;
        let text = |language| match (&input.report, &input.erased) {
            (_, Some(erased)) => Ok(messages::data_deleted(
                language,
                erased.carousels,
                erased.schedules,
            )),
            (Some(report), None) => Ok(messages::broadcast_report(
                language,
                report.state == "done",
                (report.sent, report.failed, report.closed),
                (report.unknown, report.left),
            )),
            (None, None) => Err(ActivityFailure::Input(format!(
                "“{}” says nothing",
                input.name
            ))),
        };
        let said = post
            .send_notice(&attempt, &input.destination, &input.name, text)
            .await;
        let (outcome, reason) = match said {
            Ok(outcome) => (outcome, String::new()),
            Err(ActivityFailure::ChatClosed(reason)) => (Outcome::Failed, reason),
            Err(error) => return Err(error),
        };
        Ok(NoticeSent {
            outcome: outcome.name().to_owned(),
            reason,
        })
    }
}

#[activities]
impl NoticeService {
    #[activity(definition = contract::notice::SendNotice)]
    pub async fn send_notice(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: NoticeInput,
    ) -> Result<NoticeSent, ActivityError> {
        let carousel = input.carousel.clone();
        self.conditions
            .run_for_carousel(&ctx, &carousel, |attempt| self.send(attempt, input))
            .await
    }
}
