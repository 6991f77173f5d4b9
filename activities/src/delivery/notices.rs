//! Sends notices, which are chat messages that belong to no carousel, once each through the ledger.

use ::telegram::messages;
use domain::{BroadcastState, Outcome};
use workflows::notice::{NoticeInput, NoticeSent, SendNotice};

use super::telegram_sender::{OptionalSender, missing_bot};
use crate::{
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};

pub struct NoticeService {
    sender: OptionalSender,
    conditions: ActivityEnvironment,
}

impl NoticeService {
    pub(super) fn new(sender: OptionalSender, conditions: ActivityEnvironment) -> Self {
        Self { sender, conditions }
    }
}

/// An unreachable chat is a result and not an error: the workflow pauses the subscription.
impl HandleActivity<SendNotice> for NoticeService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: NoticeInput,
    ) -> Result<NoticeSent, ActivityFailure> {
        let attempt = run.for_carousel(&input.carousel)?;
        let post = self.sender.as_deref().ok_or_else(missing_bot)?;
        // No person waits for the report of a missed schedule.
        let post = if input.missed.is_some() { post.silently() } else { post.clone() };
        let text = |language| match (&input.report, &input.erased, &input.missed) {
            (_, Some(erased), _) => {
                Ok(messages::data_deleted(language, erased.carousels, erased.schedules))
            }
            (Some(report), None, _) => Ok(messages::broadcast_report(
                language,
                report.state == Some(BroadcastState::Done),
                (report.sent, report.failed, report.closed),
                (report.unknown, report.left),
            )),
            (None, None, Some(missed)) => {
                let due = missed.due.parse().map_err(|_| {
                    ActivityFailure::Input(format!("“{}” is not a local time", missed.due))
                })?;
                let topic = Some(missed.topic.as_str()).filter(|topic| !topic.is_empty());
                Ok(messages::schedule_missed(language, topic, due))
            }
            (None, None, None) => {
                Err(ActivityFailure::Input(format!("“{}” says nothing", input.name)))
            }
        };
        let said = post.send_notice(&attempt, &input.destination, &input.name, text).await;
        let (outcome, reason) = match said {
            Ok(outcome) => (outcome, String::new()),
            Err(ActivityFailure::ChatClosed(reason)) => (Outcome::Failed, reason),
            Err(error) => return Err(error),
        };
        Ok(NoticeSent { outcome: Some(outcome), reason })
    }
}

handles!(NoticeService: SendNotice);
