//! Handles what concerns a chat and no request: its administrators, the move to a supergroup, and
//! the bot's membership.

use chrono::Utc;
use domain::{ChatId, ChatMigration, PauseReason};
use storage::{
    chat_migration,
    subscriptions::{self, Subscription},
    users,
};
use telegram::{Effect, Phrase, action::MembershipChange};

use super::{CommandHandler, HandlerError, schedules::schedule_error, telegram_error};

/// The most schedules of a chat that are paused when the bot leaves it. More are paused when they
/// run.
const PAUSED_SCHEDULES: u32 = 100;

impl CommandHandler<'_> {
    /// Whether the user is an administrator of this group.
    pub(super) async fn is_group_administrator(&self) -> Result<bool, HandlerError> {
        match self.deps.bot.administrators(self.update.chat).await {
            Ok(administrators) => Ok(administrators.contains(&self.update.account)),
            Err(fault) if fault.effect() == Effect::NotSentFinal => Ok(false),
            Err(fault) => Err(telegram_error(fault)),
        }
    }

    /// Moves what refers to a group that became a supergroup. It is no request, so no one is
    /// notified.
    pub(super) async fn migrate(&self, from: i64, to: i64) -> Result<(), HandlerError> {
        let (bot, from, to) = (self.deps.id, ChatId::new(from), ChatId::new(to));
        let migration = ChatMigration { from, to };
        let migrate = |tx| async move { chat_migration::migrate(&tx, bot, migration).await };
        let rows = self.deps.db.write(migrate).await?;
        tracing::info!(%from, %to, rows, "a group became a supergroup");
        Ok(())
    }

    /// Pauses what would write to a chat that the bot has left. In a chat that it joins, it says
    /// what it does and what waits there.
    pub(super) async fn membership(&self, change: MembershipChange) -> Result<(), HandlerError> {
        if change == MembershipChange::Left {
            return self.pause_schedules_of_chat().await;
        }
        if !self.update.private {
            self.reply(Phrase::GroupHello).await?;
        }
        let waiting = self.schedules_of_chat().await?;
        let closed = |one: &&Subscription| one.terms.pause_reason == Some(PauseReason::ChatClosed);
        match waiting.iter().filter(closed).count() as u64 {
            0 => Ok(()),
            n => self.reply(Phrase::SchedulesWaiting { n }).await,
        }
    }

    async fn pause_schedules_of_chat(&self) -> Result<(), HandlerError> {
        let (user, private, at) = (&self.user, self.update.private, Utc::now());
        let open: Vec<_> =
            self.schedules_of_chat().await?.into_iter().filter(|one| !one.terms.paused).collect();
        let ids = open.iter().map(|one| &one.id).collect::<Vec<_>>();
        let ids = ids.as_slice();
        let pause = |tx| async move {
            let mut paused = Vec::new();
            for id in ids {
                let close = |terms: &mut subscriptions::SubscriptionTerms| {
                    terms.pause(PauseReason::ChatClosed);
                };
                paused.extend(subscriptions::change(&tx, id, at, close).await?);
            }
            // Daily tips and broadcasts leave out whom they can't reach.
            if private {
                let changed = users::change(&tx, user, at, |profile| {
                    profile.unreachable_since.get_or_insert(at);
                })
                .await?;
                self.record_changed_profile(&tx, changed.as_ref(), at).await?;
            }
            Ok::<_, storage::StorageError>(paused)
        };
        for paused in self.deps.db.write(pause).await? {
            self.schedule_client().put(&paused.value).await.map_err(schedule_error)?;
        }
        Ok(())
    }

    /// The schedules that write to this chat, without daily tips: one schedule sends those of
    /// many users.
    async fn schedules_of_chat(&self) -> Result<Vec<Subscription>, HandlerError> {
        let (reader, chat) = (self.deps.db.read(), self.update.chat.id);
        let found = subscriptions::of_chat(&reader, self.deps.id, chat, None, PAUSED_SCHEDULES);
        let found = found.await?.rows;
        Ok(found.into_iter().filter(|one| !subscriptions::is_daily_tip(&one.id)).collect())
    }
}
