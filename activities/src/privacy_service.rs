//! Deletes a user's data: schedules, workflows and rows. Part of the persistence pool. Every step
//! is idempotent; after a crash, the next attempt finds what is left.

use std::{collections::BTreeSet, sync::Arc};

use domain::{AccountId, UserId};
use events::Timestamp;
use futures::future::BoxFuture;
use storage::{
    Database,
    privacy::{self, DataSubject, TABLES},
};
use workflows::{
    privacy::export_prefix,
    privacy::{
        BeginForget, DeletedCounts, EraseData, EraseHistories, FinishForget, ForgetInput, StopWork,
        StopWorkInput, WorkStopped,
    },
    schedule,
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};

/// Ids per query of Temporal's list.
const IDS_PER_QUERY: usize = 40;

/// A workflow execution in Temporal's list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Execution {
    pub workflow: String,
    pub run: String,
    pub open: bool,
}

/// Finds, ends and deletes workflows, and deletes schedules. A missing one counts as done.
pub trait WorkflowDeletion: Send + Sync {
    fn find(&self, query: String) -> BoxFuture<'_, Result<Vec<Execution>, String>>;

    /// Requests cancellation, or terminates.
    fn end<'a>(
        &'a self,
        execution: &'a Execution,
        terminate: bool,
    ) -> BoxFuture<'a, Result<(), String>>;

    /// Deletes an execution with its history and list entry.
    fn delete<'a>(&'a self, execution: &'a Execution) -> BoxFuture<'a, Result<(), String>>;

    fn delete_schedule<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), String>>;
}

/// The activities that delete a user's data.
pub struct PrivacyService {
    db: Database,
    executions: Arc<dyn WorkflowDeletion>,
    conditions: ActivityEnvironment,
}

impl PrivacyService {
    pub fn new(
        db: Database,
        executions: Arc<dyn WorkflowDeletion>,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { db, executions, conditions }
    }
}

impl HandleActivity<BeginForget> for PrivacyService {
    async fn handle(&self, errand: ActivityRun, input: ForgetInput) -> Result<()> {
        let (who, at) = (&person(&input)?, Timestamp::from(errand.now()));
        let begin = |tx| async move { privacy::begin(&tx, who, at).await };
        self.db.write(begin).await?;
        self.delete_schedules(who).await?;
        errand.pass_failpoint(FailpointPosition::After).await
    }
}

impl HandleActivity<StopWork> for PrivacyService {
    async fn handle(&self, errand: ActivityRun, input: StopWorkInput) -> Result<WorkStopped> {
        let who = person(&input.of)?;
        let mut open = 0;
        for execution in self.find_executions(&who, input.of.bot).await? {
            if execution.open {
                open += 1;
                let ended = self.executions.end(&execution, input.terminate).await;
                ended.map_err(unavailable)?;
            }
        }
        errand.pass_failpoint(FailpointPosition::After).await?;
        Ok(WorkStopped { open })
    }
}

impl HandleActivity<EraseHistories> for PrivacyService {
    async fn handle(&self, errand: ActivityRun, input: ForgetInput) -> Result<DeletedCounts> {
        let histories = self.delete_executions(&person(&input)?, input.bot).await?;
        errand.pass_failpoint(FailpointPosition::After).await?;
        Ok(DeletedCounts { histories, ..DeletedCounts::default() })
    }
}

impl HandleActivity<EraseData> for PrivacyService {
    async fn handle(&self, errand: ActivityRun, input: ForgetInput) -> Result<DeletedCounts> {
        let who = person(&input)?;
        let erased = self.delete_rows(&errand, &who).await?;
        errand.pass_failpoint(FailpointPosition::After).await?;
        Ok(erased)
    }
}

impl HandleActivity<FinishForget> for PrivacyService {
    async fn handle(&self, errand: ActivityRun, input: ForgetInput) -> Result<()> {
        let (who, at) = (&person(&input)?, Timestamp::from(errand.now()));
        self.delete_executions(who, input.bot).await?;
        self.delete_rows(&errand, who).await?;
        privacy::truncate_wal(&self.db).await?;
        let finish = |tx| async move { privacy::finish(&tx, who, at).await };
        self.db.write(finish).await?;
        errand.pass_failpoint(FailpointPosition::After).await
    }
}

impl PrivacyService {
    /// Table by table: rows that are found through other tables first.
    async fn delete_rows(&self, errand: &ActivityRun, who: &DataSubject) -> Result<DeletedCounts> {
        // A gateway that started in the meantime may have recreated them.
        let mut erased = DeletedCounts {
            schedules: self.delete_schedules(who).await?,
            ..DeletedCounts::default()
        };
        for table in TABLES {
            let at = Timestamp::from(errand.now());
            let erase = |tx| async move { privacy::erase(&tx, who, table, at).await };
            let rows = self.db.write(erase).await?;
            erased.rows += rows;
            if table.name == "carousels" {
                erased.carousels = rows;
            }
        }
        Ok(erased)
    }

    async fn delete_schedules(&self, who: &DataSubject) -> Result<u64> {
        let ids = privacy::subscriptions(&self.db.read(), who).await?;
        for id in &ids {
            let schedule = schedule::schedule_id(id);
            let deleted = self.executions.delete_schedule(&schedule).await;
            deleted.map_err(unavailable)?;
        }
        Ok(ids.len() as u64)
    }

    async fn delete_executions(&self, who: &DataSubject, bot: i64) -> Result<u64> {
        let mut deleted = 0;
        for execution in self.find_executions(who, bot).await? {
            if !execution.open {
                let gone = self.executions.delete(&execution).await;
                gone.map_err(unavailable)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// A user's workflows: by search attribute, by the chat in their id, and by the ids in the
    /// user's rows.
    async fn find_executions(&self, who: &DataSubject, bot: i64) -> Result<BTreeSet<Execution>> {
        let known = privacy::personal_ids(&self.db.read(), who).await?;
        let mut found = BTreeSet::new();
        for query in queries(who, bot, &known) {
            let executions = self.executions.find(query).await;
            found.extend(executions.map_err(unavailable)?);
        }
        Ok(found)
    }
}

/// List queries that find a user's workflows. Ids have no quotes, so none can end a string literal.
fn queries(who: &DataSubject, bot: i64, known: &privacy::PersonalIds) -> Vec<String> {
    let user = &who.user;
    let mut prefixes = vec![export_prefix(user.as_str())];
    if let Some(chat) = who.account {
        let carousel = format!("carousel-tg-{bot}-{chat}-");
        prefixes.extend(["", "revise-", "resend-", "tell-"].map(|of| format!("{of}{carousel}")));
    }
    let mut ids = Vec::new();
    for carousel in &known.carousels {
        ids.extend(["", "revise-", "tell-"].map(|of| format!("{of}{carousel}")));
        let theirs = prefixes.iter().any(|prefix| carousel.starts_with(prefix));
        if !theirs {
            prefixes.push(format!("resend-{carousel}-"));
        }
    }
    for subscription in &known.subscriptions {
        prefixes.push(format!("{}-", schedule::schedule_id(subscription)));
    }
    for (bot, update) in &known.updates {
        ids.extend(["answer", "wisdom"].map(|what| format!("{what}-tg-{bot}-{update}")));
    }
    ids.extend(known.broadcasts.iter().map(|id| workflows::broadcast::workflow_id(id)));
    let mut queries = vec![format!("CarouselUser = '{user}'")];
    queries.extend(prefixes.iter().map(|it| format!("WorkflowId STARTS_WITH '{it}'")));
    queries.extend(ids.chunks(IDS_PER_QUERY).map(|ids| {
        let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        format!("WorkflowId IN ({})", ids.join(", "))
    }));
    queries
}

fn person(input: &ForgetInput) -> Result<DataSubject> {
    let user =
        UserId::parse(&input.user).map_err(|error| ActivityFailure::Input(error.to_string()))?;
    let account = (input.account != 0).then(|| AccountId::new(input.account));
    Ok(DataSubject { user, account })
}

fn unavailable(reason: String) -> ActivityFailure {
    ActivityFailure::Unavailable { reason, retry_after: None }
}

handles!(PrivacyService: BeginForget, StopWork, EraseHistories, EraseData, FinishForget);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_name_every_kind_of_workflow() {
        let who = DataSubject {
            user: UserId::parse("tg-77").unwrap(),
            account: Some(AccountId::new(77)),
        };
        let known = privacy::PersonalIds {
            carousels: vec!["carousel-tg-1--100-5".to_owned()],
            subscriptions: vec!["1-9".to_owned()],
            updates: vec![(1, 4)],
            broadcasts: vec!["1-3".to_owned()],
        };
        let all = queries(&who, 1, &known).join("\n");
        for part in [
            "CarouselUser = 'tg-77'",
            "STARTS_WITH 'carousel-tg-1-77-'",
            "STARTS_WITH 'revise-carousel-tg-1-77-'",
            "STARTS_WITH 'resend-carousel-tg-1-77-'",
            "STARTS_WITH 'tell-carousel-tg-1-77-'",
            "STARTS_WITH 'export-tg-77-'",
            "STARTS_WITH 'resend-carousel-tg-1--100-5-'",
            "STARTS_WITH 'sched-1-9-'",
            "'revise-carousel-tg-1--100-5'",
            "'answer-tg-1-4'",
            "'wisdom-tg-1-4'",
            "'broadcast-1-3'",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
    }
}
