//! Handles access commands: locks and unlocks users, changes administrators, and notifies the
//! users.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use domain::{
    AccountId, Language, UserId,
    access::{Access, Lock, Refusal},
};
use events::{Context, Journal, Origin, Timestamp, persistence::UserUpdated};
use storage::{
    Tx,
    carousels::{self, Filter},
    outbox,
    users::{self, NewUser, Profile, User},
};
use telegram::{Chat, Html, Keyboard, Phrase};

use super::{Task, Trouble, temporal};
use crate::bot::access::AccessCommand;

/// Maximum number of locks that `/banned` lists.
const SHOWN: u32 = 20;

/// The same command within this time counts as a redelivery of the same update.
const REPEATED: Duration = Duration::from_secs(600);

impl Task<'_> {
    pub(super) async fn access(&self, what: &AccessCommand) -> Result<(), Trouble> {
        match what {
            AccessCommand::Help => self.reply(Phrase::BanHelp).await,
            AccessCommand::Ban {
                account,
                seconds,
                reason,
            } => self.ban(AccountId::new(*account), *seconds, reason).await,
            AccessCommand::Unban { account } => self.unban(AccountId::new(*account)).await,
            AccessCommand::Banned => self.banned().await,
            AccessCommand::Grant { account } => self.grant(AccountId::new(*account), true).await,
            AccessCommand::Revoke { account } => self.grant(AccountId::new(*account), false).await,
        }
    }

    /// Whether the user is an administrator.
    pub(super) async fn administers(&self) -> bool {
        let (reader, now) = (self.desk.db.read(), Utc::now());
        let access = users::access(&reader, &self.desk.access, &self.user, now);
        access.await.is_ok_and(|access| access.administers())
    }

    /// Says why the user can't use the bot, and until when.
    pub(super) async fn tell_lock(&self) -> Result<(), Trouble> {
        let user = users::find(&self.desk.db.read(), &self.user).await?;
        let access = user.map(|user| user.access(&self.desk.access, Utc::now()));
        match access {
            Some(Access::Refused(Refusal::Locked(lock))) => {
                let said = Said::of(&lock);
                self.reply(Phrase::AccessLocked {
                    ends: said.ends,
                    until: &said.until,
                    reasons: said.reasons,
                    reason: &said.reason,
                })
                .await
            }
            // The lock ended in the meantime; later requests are handled.
            Some(_) | None => self.reply(Phrase::AccessRestored).await,
        }
    }

    async fn ban(
        &self,
        account: AccountId,
        seconds: Option<u64>,
        reason: &str,
    ) -> Result<(), Trouble> {
        let name = &account.to_string();
        let id = UserId::of_account(account);
        if self.desk.access.is_owner(account) {
            return self.reply(Phrase::BanOwner { account: name }).await;
        }
        let known = users::find(&self.desk.db.read(), &id).await?;
        let administers = known.is_some_and(|known| known.profile.is_admin);
        if administers && !self.desk.access.is_owner(self.heard.from) {
            return self.reply(Phrase::OnlyOwners).await;
        }
        let now = SystemTime::now();
        let lock = Lock {
            reason: reason.to_owned(),
            until: seconds.map(|seconds| now + Duration::from_secs(seconds)),
            by: self.heard.from,
            at: now,
        };
        let changed = self.change_profile(account, |profile| {
            if !repeats(profile.lock.as_ref(), &lock) {
                profile.lock = Some(lock.clone());
                profile.lock_told = false;
            }
        });
        let user = changed.await?;
        let stopped = self.stop_carousels(&user.id).await?;
        let said = Said::of(user.profile.lock.as_ref().unwrap_or(&lock));
        self.reply(Phrase::BanDone {
            account: name,
            ends: said.ends,
            until: &said.until,
            reasons: said.reasons,
            reason: &said.reason,
            stopped,
        })
        .await
    }

    /// Cancels and undoes all of the user's unfinished carousels, waiting drafts included. Returns
    /// how many.
    async fn stop_carousels(&self, user: &UserId) -> Result<u64, Trouble> {
        let filter = Filter {
            user: Some(user.clone()),
            open_only: true,
            limit: 50,
            after: None,
        };
        let open = carousels::list(&self.desk.db.read(), &filter).await?.rows;
        for carousel in &open {
            let asked = self
                .desk
                .carousels
                .request_cancel(&carousel.id, "an administrator has locked its user");
            asked.await.map_err(temporal)?;
        }
        Ok(open.len() as u64)
    }

    async fn unban(&self, account: AccountId) -> Result<(), Trouble> {
        let name = &account.to_string();
        let id = UserId::of_account(account);
        let known = users::find(&self.desk.db.read(), &id).await?;
        let known = known.filter(|known| known.profile.lock.is_some());
        if known.is_none() {
            let state = &self.state(&id).await?;
            let account = name;
            return self.reply(Phrase::UnbanNone { account, state }).await;
        }
        let unlock = |profile: &mut Profile| {
            profile.lock = None;
            profile.lock_told = false;
        };
        let user = self.change_profile(account, unlock).await?;
        self.tell_restored(&user, account).await;
        let state = &self.state(&id).await?;
        let account = name;
        self.reply(Phrase::UnbanDone { account, state }).await
    }

    /// Notifies a user in their private chat that they can use the bot again. If they have blocked
    /// the bot, they learn it when they next write.
    async fn tell_restored(&self, user: &User, account: AccountId) {
        let access = user.access(&self.desk.access, Utc::now());
        if access.refusal().is_some() {
            return;
        }
        let language = user.profile.language.unwrap_or(Language::En);
        let text = Phrase::AccessRestored.html(language);
        let chat = Chat {
            id: account.get(),
            thread: None,
        };
        let none = Keyboard::default();
        let sent = self.desk.bot.send_text(chat, &text, &none);
        if let Err(fault) = sent.await {
            tracing::info!("a user was not notified of their unlock: {fault}");
        }
    }

    async fn banned(&self) -> Result<(), Trouble> {
        let found = users::locked(&self.desk.db.read(), Utc::now(), SHOWN + 1).await?;
        if found.is_empty() {
            return self.reply(Phrase::BannedNone).await;
        }
        let mut text = Phrase::Banned.html(self.language);
        for (user, lock) in (found.iter().take(SHOWN as usize))
            .filter_map(|user| Some((user, user.profile.lock.as_ref()?)))
        {
            let account = user.account.or(user.id.account());
            let account =
                account.map_or_else(|| user.id.to_string(), |account| account.to_string());
            let (said, by) = (Said::of(lock), lock.by.to_string());
            let line = Phrase::BannedLine {
                account: &account,
                ends: said.ends,
                until: &said.until,
                reasons: said.reasons,
                reason: &said.reason,
                by: &by,
            };
            text = text.then(&Html::text("\n")).then(&line.html(self.language));
        }
        if found.len() > SHOWN as usize {
            text = text.then(&Html::text("\n…"));
        }
        self.send(text.into()).await
    }

    async fn grant(&self, account: AccountId, is_admin: bool) -> Result<(), Trouble> {
        let change = |profile: &mut Profile| profile.is_admin = is_admin;
        let user = self.change_profile(account, change).await?;
        if is_admin {
            self.show_menu_to(account).await;
        }
        let (name, state) = (account.to_string(), self.state(&user.id).await?);
        self.reply(Phrase::AccessState {
            account: &name,
            state: &state,
        })
        .await
    }

    /// The user's current access as text.
    async fn state(&self, id: &UserId) -> Result<String, Trouble> {
        let reader = self.desk.db.read();
        let access = users::access(&reader, &self.desk.access, id, Utc::now()).await?;
        let state = match access {
            Access::Owner => "owner",
            Access::Administrator => "administrator",
            Access::Allowed => "allowed",
            Access::Refused(Refusal::NotListed) => "not-listed",
            Access::Refused(Refusal::Locked(_)) => "locked",
        };
        Ok(Phrase::AccessStateName { state }.plain(self.language))
    }

    /// Changes the stored profile of a user, who may never have written to the bot, and writes the
    /// event in the same transaction.
    async fn change_profile(
        &self,
        account: AccountId,
        change: impl Fn(&mut Profile) + Sync,
    ) -> Result<User, Trouble> {
        let at = Utc::now();
        let new = &NewUser {
            id: UserId::of_account(account),
            account: Some(account),
            profile: Profile::default(),
        };
        let change = &change;
        let written = |tx: Tx| async move {
            users::meet(&tx, new, at).await?;
            let changed = users::change(&tx, &new.id, at, change).await?;
            let Some(changed) = changed else {
                return users::meet(&tx, new, at).await.map(|met| met.value);
            };
            if !changed.fields.is_empty() {
                let event = self.updated(&tx, &new.id, &changed.fields, at).await?;
                outbox::append(&tx, event.events()).await?;
            }
            Ok::<_, storage::Error>(changed.value)
        };
        Ok(self.desk.db.write(written).await?)
    }

    async fn updated(
        &self,
        tx: &Tx,
        user: &UserId,
        fields: &[&str],
        at: Timestamp,
    ) -> Result<Journal, storage::Error> {
        let update = format!("update-{}-{}", self.desk.id, self.heard.update);
        let cause = outbox::last_of(tx, &update).await?;
        let context = Context {
            correlation: update.clone(),
            environment: self.desk.environment.clone(),
            user: Some(self.user.as_str().to_owned()),
            request: Some(update.clone()),
            ..Context::default()
        };
        let mut journal =
            Journal::of_request(&format!("{update}-access"), Origin::GATEWAY, context, cause);
        let fields = fields.iter().map(|field| (*field).to_owned());
        let updated = UserUpdated {
            user: user.as_str().to_owned(),
            changed_fields: fields.collect(),
        };
        journal.record(at, updated);
        Ok(journal)
    }
}

/// A lock in the form that the chat texts take: numbers say whether there is an end and a reason.
struct Said {
    ends: u64,
    until: String,
    reasons: u64,
    reason: String,
}

impl Said {
    fn of(lock: &Lock) -> Self {
        let until = lock.until.map(DateTime::<Utc>::from);
        Self {
            ends: until.is_some().into(),
            until: until.map_or_else(String::new, |until| {
                until.format("%Y-%m-%d %H:%M UTC").to_string()
            }),
            reasons: (!lock.reason.is_empty()).into(),
            reason: lock.reason.clone(),
        }
    }
}

/// Whether the stored lock is the one that the same update has already set.
fn repeats(stored: Option<&Lock>, new: &Lock) -> bool {
    let lasts = |lock: &Lock| {
        let until = lock.until?;
        until
            .duration_since(lock.at)
            .ok()
            .map(|lasts| lasts.as_secs())
    };
    stored.is_some_and(|stored| {
        let age = new.at.duration_since(stored.at).unwrap_or_default();
        (stored.by, &stored.reason, lasts(stored)) == (new.by, &new.reason, lasts(new))
            && age < REPEATED
    })
}
