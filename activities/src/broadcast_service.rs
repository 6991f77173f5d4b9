//! Broadcast activities of the persistence pool: open a broadcast, find its next recipients,
//! conclude it.

use domain::{BroadcastId, DailyTipTime, UserId, access::AccessList};
use events::Timestamp;
use storage::{
    Database, ReadAccess, Tx,
    broadcasts::{self, BroadcastAudience, BroadcastStateChange, NewBroadcast},
};
use workflows::broadcast::{
    BroadcastMessage, BroadcastProgress, ConcludeBroadcast, ConcludeInput, FindRecipients,
    FindRecipientsInput, OpenBroadcast, OpenBroadcastInput, RecipientRecord, RecipientsFound,
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
    unreachable_users::mark_unreachable,
};

pub struct BroadcastService {
    db: Database,
    access: AccessList,
    environment: String,
    conditions: ActivityEnvironment,
}

impl BroadcastService {
    /// `access` decides who may use the product; `environment` is part of every event.
    pub fn new(
        db: Database,
        access: AccessList,
        environment: String,
        conditions: ActivityEnvironment,
    ) -> Self {
        Self { db, access, environment, conditions }
    }
}

/// Idempotent.
impl HandleActivity<OpenBroadcast> for BroadcastService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: OpenBroadcastInput,
    ) -> Result<BroadcastProgress> {
        let slot = DailyTipTime::try_from(&input.slot)
            .map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let new = &NewBroadcast {
            id: id(&input.broadcast)?,
            author: UserId::of_bot(slot.bot),
            bot: slot.bot,
            message: BroadcastMessage { thoughts: input.thoughts, ..BroadcastMessage::default() },
            audience: BroadcastAudience::DailyTip(slot),
            access: self.access.clone(),
        };
        let at = Timestamp::from(run.now());
        let create = |tx| async move { broadcasts::create(&tx, new, at).await };
        self.db.write(create).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        progress(&self.db.read(), &new.id).await
    }
}

impl HandleActivity<FindRecipients> for BroadcastService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: FindRecipientsInput,
    ) -> Result<RecipientsFound> {
        let id = id(&input.broadcast)?;
        let at = Timestamp::from(run.now());
        self.mark_unreachable(&run, &input.closed, at).await?;
        let after = match input.after.as_str() {
            "" => None,
            after => Some(UserId::parse(after).map_err(|e| ActivityFailure::Input(e.to_string()))?),
        };
        let reader = self.db.read();
        let waiting =
            broadcasts::unfinished_recipients(&reader, &id, after.as_ref(), input.limit).await?;
        let record = |(user, chat): (UserId, domain::ChatId)| RecipientRecord {
            user: user.as_str().to_owned(),
            chat,
        };
        let found = RecipientsFound {
            recipients: waiting.into_iter().map(record).collect(),
            progress: progress(&reader, &id).await?,
        };
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(found)
    }
}

impl HandleActivity<ConcludeBroadcast> for BroadcastService {
    async fn handle(&self, run: ActivityRun, input: ConcludeInput) -> Result<BroadcastProgress> {
        let id = &id(&input.broadcast)?;
        let at = Timestamp::from(run.now());
        self.mark_unreachable(&run, &input.closed, at).await?;
        let conclude = |tx: Tx| async move {
            if broadcasts::finish_if_complete(&tx, id, at).await?.is_none() {
                broadcasts::apply_action(&tx, id, BroadcastStateChange::Cancel, at).await?;
            }
            Ok::<_, storage::StorageError>(())
        };
        self.db.write(conclude).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        progress(&self.db.read(), id).await
    }
}

impl BroadcastService {
    /// Marks users as unreachable until they write to the bot again.
    async fn mark_unreachable(
        &self,
        run: &ActivityRun,
        closed: &[String],
        at: Timestamp,
    ) -> Result<()> {
        let (workflow, environment) = (run.workflow.as_str(), self.environment.as_str());
        for user in closed {
            let user = &UserId::parse(user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
            let close = |tx: Tx| async move {
                mark_unreachable(&tx, user, workflow, environment, at).await
            };
            self.db.write(close).await?;
        }
        Ok(())
    }
}

fn id(text: &str) -> Result<BroadcastId> {
    BroadcastId::parse(text).map_err(|e| ActivityFailure::Input(e.to_string()))
}

async fn progress(on: &impl ReadAccess, id: &BroadcastId) -> Result<BroadcastProgress> {
    let found = broadcasts::find::<BroadcastMessage>(on, id).await?;
    let found =
        found.ok_or_else(|| ActivityFailure::Missing(format!("there is no broadcast {id}")))?;
    let tally = broadcasts::count_recipients(on, id).await?;
    Ok(BroadcastProgress {
        state: Some(found.state),
        sent: tally.sent,
        failed: tally.failed,
        closed: 0,
        unknown: tally.unknown,
        left: tally.pending + tally.sending,
    })
}

handles!(BroadcastService: OpenBroadcast, FindRecipients, ConcludeBroadcast);
