//! Broadcast activities of the persistence pool: open a broadcast, find its next recipients,
//! conclude it.

use domain::{BroadcastId, DailyTipTime, UserId, access::AccessList};
use events::Timestamp;
use storage::{
    Database, ReadAccess, Tx,
    broadcasts::{self, BroadcastAudience, BroadcastStateChange, NewBroadcast},
    users,
};
use workflows::broadcast::{
    BroadcastMessage, BroadcastProgress, ConcludeBroadcast, ConcludeInput, FindRecipients,
    FindRecipientsInput, OpenBroadcast, OpenBroadcastInput, RecipientRecord, RecipientsFound,
};

use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::ActivityFailure,
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};

pub struct BroadcastService {
    db: Database,
    access: AccessList,
    conditions: ActivityEnvironment,
}

impl BroadcastService {
    /// `access` decides who may use the product.
    pub fn new(db: Database, access: AccessList, conditions: ActivityEnvironment) -> Self {
        Self { db, access, conditions }
    }
}

/// Idempotent.
impl HandleActivity<OpenBroadcast> for BroadcastService {
    async fn handle(
        &self,
        run: ActivityRun,
        input: OpenBroadcastInput,
    ) -> Result<BroadcastProgress, ActivityFailure> {
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
    ) -> Result<RecipientsFound, ActivityFailure> {
        let id = id(&input.broadcast)?;
        let at = Timestamp::from(run.now());
        self.mark_unreachable(&input.closed, at).await?;
        let after = match input.after.as_str() {
            "" => None,
            after => Some(UserId::parse(after).map_err(|e| ActivityFailure::Input(e.to_string()))?),
        };
        let reader = self.db.read();
        let waiting =
            broadcasts::unfinished_recipients(&reader, &id, after.as_ref(), input.limit).await?;
        let record = |(user, chat): (UserId, domain::ChatId)| RecipientRecord {
            user: user.as_str().to_owned(),
            chat: chat.get(),
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
    async fn handle(
        &self,
        run: ActivityRun,
        input: ConcludeInput,
    ) -> Result<BroadcastProgress, ActivityFailure> {
        let id = &id(&input.broadcast)?;
        let at = Timestamp::from(run.now());
        self.mark_unreachable(&input.closed, at).await?;
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
        closed: &[String],
        at: Timestamp,
    ) -> Result<(), ActivityFailure> {
        for user in closed {
            let user = &UserId::parse(user).map_err(|e| ActivityFailure::Input(e.to_string()))?;
            let close = |tx| async move {
                users::change(&tx, user, at, |profile| {
                    profile.unreachable_since.get_or_insert(at);
                })
                .await
            };
            self.db.write(close).await?;
        }
        Ok(())
    }
}

fn id(text: &str) -> Result<BroadcastId, ActivityFailure> {
    BroadcastId::parse(text).map_err(|e| ActivityFailure::Input(e.to_string()))
}

async fn progress(
    on: &impl ReadAccess,
    id: &BroadcastId,
) -> Result<BroadcastProgress, ActivityFailure> {
    let found = broadcasts::find::<BroadcastMessage>(on, id).await?;
    let found =
        found.ok_or_else(|| ActivityFailure::Missing(format!("there is no broadcast {id}")))?;
    let tally = broadcasts::count_recipients(on, id).await?;
    Ok(BroadcastProgress {
        state: found.state.name().to_owned(),
        sent: tally.sent,
        failed: tally.failed,
        closed: 0,
        unknown: tally.unknown,
        left: tally.pending + tally.sending,
    })
}

handles!(BroadcastService: OpenBroadcast, FindRecipients, ConcludeBroadcast);
