//! Handles `/privacy`, `/export` and `/forget`. In private chats only: in a group others could read
//! the replies.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use domain::retention;
use runtime::{
    describe::{DescribeError, describe, describe_encoded},
    settings::Settings,
};
use storage::privacy;
use telegram::{
    Phrase,
    action::{Action, DeletionConfirmation, RefusalReason},
    messages,
};
use temporalio_client::{
    Client, WorkflowExecutionStatus, WorkflowIdConflictPolicy, WorkflowIdReusePolicy,
    WorkflowStartOptions, errors::WorkflowStartError,
};
use temporalio_common::MemoValues;
use workflows::{
    ExportWorkflow, ForgetWorkflow,
    privacy::{EXPORTS_PER_DAY, export_id, forget_id},
    privacy::{ExportInput, ForgetInput},
    queues, web_ui,
};

use super::{CommandHandler, HandlerError};
use crate::bot::reply::ReplyMessage;

/// How long the button that confirms a deletion is valid, in minutes.
const CONFIRM_MINUTES: i64 = 10;

/// Number of checks whether a deletion has finished before a request is refused, and the interval
/// between them.
const DELETION_CHECKS: u32 = 4;
const DELETION_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// The memo field with the update that requested an export.
const UPDATE_MEMO: &str = "update";

/// The facts about stored data that the texts show, from the settings.
#[derive(Debug, Clone)]
pub struct DataDisclosure {
    carousels: Option<u32>,
    usage: Option<u32>,
    people: Option<u32>,
    /// The model services; `None` if this process does not know them.
    services: Option<Vec<String>>,
}

impl DataDisclosure {
    /// Reads the same settings as pruning and the ai pool.
    pub fn of(settings: &Settings) -> Self {
        Self {
            carousels: settings.retention.carousels,
            usage: settings.retention.usage,
            people: settings.retention.people,
            services: settings.ai.services.clone(),
        }
    }

    /// `false` if this process knows that the bot works without a model.
    pub(super) fn may_use_models(&self) -> bool {
        self.services.as_ref().is_none_or(|services| !services.is_empty())
    }
}

impl CommandHandler<'_> {
    /// Whether the user must wait until their data is deleted. The press that requested the
    /// deletion passes: it may be delivered again.
    pub(super) async fn is_deletion_running(&self, action: &Action) -> Result<bool, HandlerError> {
        if matches!(action, Action::Forget { confirmed: Some(_) } | Action::Nothing) {
            return Ok(false);
        }
        // The deletion may have been reported a moment ago.
        for _ in 0..DELETION_CHECKS {
            if !privacy::is_running(&self.deps.db.read(), &self.user).await? {
                return Ok(false);
            }
            tokio::time::sleep(DELETION_CHECK_INTERVAL).await;
        }
        Ok(true)
    }

    pub(super) async fn privacy(&self) -> Result<(), HandlerError> {
        let told = &self.deps.disclosure;
        let days = |days: Option<u32>| u64::from(days.unwrap_or(0));
        let models = match told.services.as_deref() {
            Some([]) => Phrase::PrivacyOwnNotes.plain(self.language),
            Some(services) => services.join(", "),
            None => Phrase::PrivacyConfigured.plain(self.language),
        };
        self.reply(Phrase::Privacy {
            carousels: days(told.carousels),
            usage: days(told.usage),
            people: days(told.people),
            records: u64::from(retention::EVENT_DAYS),
            dialogues: u64::from(retention::DIALOGUE_HOURS),
            pictures: u64::from(retention::BLOB_HOURS),
            histories: u64::from(retention::HISTORY_DAYS),
            models: &models,
        })
        .await
    }

    pub(super) async fn forget(
        &self,
        confirmed: Option<DeletionConfirmation>,
    ) -> Result<(), HandlerError> {
        if !self.update.private {
            return self.refuse(RefusalReason::OnlyPrivate).await;
        }
        let (from, now) = (self.update.account, Utc::now());
        let Some(confirmed) = confirmed else {
            let until = now + TimeDelta::minutes(CONFIRM_MINUTES);
            let minutes = CONFIRM_MINUTES.unsigned_abs();
            let question = ReplyMessage {
                text: Phrase::ForgetAsk { minutes }.html(self.language),
                keyboard: messages::forget_keyboard(self.language, from, until.timestamp()),
            };
            return self.send(question).await;
        };
        if privacy::is_running(&self.deps.db.read(), &self.user).await? {
            return self.reply(Phrase::ForgetUnderWay).await;
        }
        if confirmed.account != from || confirmed.until < now.timestamp() {
            return self.reply(Phrase::ForgetLate).await;
        }
        // Sent first: a message sent later would be deleted from the ledger during the deletion.
        self.show(Phrase::ForgetStarted.html(self.language).into()).await?;
        self.start_deletion().await
    }

    /// The id is derived from the update, so a repeated press or delivery starts one deletion.
    async fn start_deletion(&self) -> Result<(), HandlerError> {
        let id = forget_id(self.user.as_str(), self.update.update.get());
        let input = ForgetInput {
            user: self.user.as_str().to_owned(),
            account: self.update.account.get(),
            bot: self.deps.id.get(),
            destination: self.destination(),
        };
        let options = WorkflowStartOptions::new(queues::CAROUSEL, id)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .static_summary(web_ui::EscapedText::from("delete what is stored about a person"))
            .build();
        let run = ForgetWorkflow::run;
        match self.deps.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(HandlerError::Temporal(error.to_string())),
        }
    }

    pub(super) async fn export(&self) -> Result<(), HandlerError> {
        if !self.update.private {
            return self.refuse(RefusalReason::OnlyPrivate).await;
        }
        let day = Utc::now().date_naive().to_string();
        for number in 1..=EXPORTS_PER_DAY {
            let id = export_id(self.user.as_str(), &day, number);
            match self.start_export(&id).await? {
                ExportState::Fresh => return self.reply(Phrase::ExportStarted).await,
                // This update was delivered again.
                ExportState::StartedBefore => return Ok(()),
                ExportState::Running => return self.reply(Phrase::ExportRunning).await,
                ExportState::Finished => {}
            }
        }
        let limit = u64::from(EXPORTS_PER_DAY);
        self.reply(Phrase::ExportLimit { limit }).await
    }

    async fn start_export(&self, id: &str) -> Result<ExportState, HandlerError> {
        let update = self.update.update.get();
        let mut memo = MemoValues::new();
        memo.insert(UPDATE_MEMO, update);
        let input = ExportInput {
            user: self.user.as_str().to_owned(),
            account: self.update.account.get(),
            destination: self.destination(),
        };
        let options = WorkflowStartOptions::new(queues::CAROUSEL, id)
            .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .memo(memo)
            .static_summary(web_ui::EscapedText::from("send a person what is stored about them"))
            .build();
        let run = ExportWorkflow::run;
        match self.deps.client.start_workflow(run, input, options).await {
            Ok(_) => Ok(ExportState::Fresh),
            Err(WorkflowStartError::AlreadyStarted { .. }) => {
                export_state(&self.deps.client, id, update).await
            }
            Err(error) => Err(HandlerError::Temporal(error.to_string())),
        }
    }
}

enum ExportState {
    /// This call started it.
    Fresh,
    /// This update had requested it before.
    StartedBefore,
    /// Another update requested it, and it is running.
    Running,
    /// Another update requested it, and it has finished.
    Finished,
}

async fn export_state(client: &Client, id: &str, update: i64) -> Result<ExportState, HandlerError> {
    let described = match describe(client, id).await {
        // Its key was removed since, so this update did not request it.
        Err(DescribeError::Unreadable(_)) => describe_encoded(client, id).await,
        described => described,
    };
    let described = described.map_err(|error| HandlerError::Temporal(error.to_string()))?;
    let Some(described) = described else {
        // Temporal deleted it after it refused the id.
        return Ok(ExportState::Finished);
    };
    let asked = described.memo(UPDATE_MEMO).and_then(|update| update.as_i64());
    if asked == Some(update) {
        return Ok(ExportState::StartedBefore);
    }
    Ok(match described.status() {
        WorkflowExecutionStatus::Running => ExportState::Running,
        _ => ExportState::Finished,
    })
}

#[cfg(test)]
mod tests {
    use runtime::env::Env;
    use storage::privacy::{TABLES, TableContent};

    use super::*;

    const DOC: &str = include_str!("../../../../docs/security/retention.md");

    /// The row of the document's table that contains `words`.
    fn row(words: &str) -> &'static str {
        let mut rows = DOC.lines().filter(|line| line.starts_with('|'));
        let found = rows.find(|row| row.contains(words));
        found.unwrap_or_else(|| panic!("no row has {words}"))
    }

    #[test]
    fn retention_doc_says_what_is_enforced() {
        let settings = Settings::read(&Env::of::<&str, &str>([])).unwrap();
        let days = |days: Option<u32>| format!("{} days", days.expect("a limit by default"));
        let kept = settings.retention;
        for (words, time) in [
            ("`RETENTION_DAYS`", days(kept.carousels)),
            ("`RETENTION_USAGE_DAYS`", days(kept.usage)),
            ("`RETENTION_PEOPLE_DAYS`", days(kept.people)),
            ("| published events", format!("{} days", retention::EVENT_DAYS)),
            ("| updates and decisions", format!("{} days", retention::EVENT_DAYS)),
            ("`DIALOGUE_HOURS`", format!("{} hours", retention::DIALOGUE_HOURS)),
            ("`BLOB_HOURS`", format!("{} hours", retention::BLOB_HOURS)),
            ("`HISTORY_DAYS`", format!("{} days", retention::HISTORY_DAYS)),
        ] {
            row(words);
            for row in DOC.lines().filter(|line| line.contains(words) && line.starts_with('|')) {
                assert!(row.contains(&time), "{row}: {time}");
            }
        }
        let shortest = format!("{} or more", retention::MIN_RETENTION_DAYS);
        assert!(DOC.contains(&shortest), "{shortest}");
    }

    #[test]
    fn every_table_with_people_is_in_the_retention_doc() {
        for table in TABLES {
            if matches!(table.content, TableContent::Personal { .. }) {
                row(&format!("`{}`", table.name));
            }
        }
    }
}
