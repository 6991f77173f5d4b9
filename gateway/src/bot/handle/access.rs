//! Handles access commands: locks and unlocks users, changes administrators, and notifies the
//! users.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use domain::{
    AccountId, Language, UserId,
    access::{Access, AccessLock, AccessRefusal},
};
use storage::{
    Tx,
    carousels::{self, CarouselFilter},
    users::{self, NewUser, Profile, User},
};
use telegram::{ChatRef, Html, Keyboard, Phrase, action::AccessAction};

use super::{CommandHandler, HandlerError, temporal};

/// Maximum number of locks that `/banned` lists.
const LISTED_LOCKS: u32 = 20;

/// The same command within this time counts as a redelivery of the same update.
const REDELIVERY_TIME: Duration = Duration::from_secs(600);

impl CommandHandler<'_> {
    pub(super) async fn access(&self, what: &AccessAction) -> Result<(), HandlerError> {
        match what {
            AccessAction::Help => self.reply(Phrase::BanHelp).await,
            AccessAction::Ban { account, seconds, reason } => {
                self.ban(*account, *seconds, reason).await
            }
            AccessAction::Unban { account } => self.unban(*account).await,
            AccessAction::Banned => self.banned().await,
            AccessAction::Allow { account } => self.allow(*account, true).await,
            AccessAction::Disallow { account } => self.allow(*account, false).await,
            AccessAction::Limit { account, carousels } => self.limit(*account, *carousels).await,
            AccessAction::Grant { account } => self.grant(*account, true).await,
            AccessAction::Revoke { account } => self.grant(*account, false).await,
        }
    }

    /// Whether the user is an administrator.
    pub(super) async fn is_administrator(&self) -> bool {
        let (reader, now) = (self.deps.db.read(), Utc::now());
        let access = users::access(&reader, &self.deps.access, &self.user, now);
        access.await.is_ok_and(|access| access.is_administrator())
    }

    /// Says why the user can't use the bot, and until when.
    pub(super) async fn reply_lock(&self) -> Result<(), HandlerError> {
        let user = users::find(&self.deps.db.read(), &self.user).await?;
        let access = user.map(|user| user.access(&self.deps.access, Utc::now()));
        match access {
            Some(Access::Refused(AccessRefusal::Locked(lock))) => {
                let said = LockText::of(&lock);
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
    ) -> Result<(), HandlerError> {
        let name = &account.to_string();
        let id = UserId::of_account(account);
        if self.deps.access.is_owner(account) {
            return self.reply(Phrase::BanOwner { account: name }).await;
        }
        let known = users::find(&self.deps.db.read(), &id).await?;
        let administers = known.is_some_and(|known| known.profile.is_admin);
        if administers && !self.deps.access.is_owner(self.update.account) {
            return self.reply(Phrase::OnlyOwners).await;
        }
        let now = SystemTime::now();
        let lock = AccessLock {
            reason: reason.to_owned(),
            until: seconds.map(|seconds| now + Duration::from_secs(seconds)),
            by: self.update.account,
            at: now,
        };
        let changed = self.change_profile(account, |profile| {
            if !repeats(profile.lock.as_ref(), &lock) {
                profile.lock = Some(lock.clone());
                profile.lock_notified = false;
            }
        });
        let user = changed.await?;
        let stopped = self.stop_carousels(&user.id).await?;
        let said = LockText::of(user.profile.lock.as_ref().unwrap_or(&lock));
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
    async fn stop_carousels(&self, user: &UserId) -> Result<u64, HandlerError> {
        let filter =
            CarouselFilter { user: Some(user.clone()), open_only: true, limit: 50, after: None };
        let open = carousels::list(&self.deps.db.read(), &filter).await?.rows;
        for carousel in &open {
            let asked = self
                .deps
                .carousels
                .request_cancel(&carousel.id, "an administrator has locked its user");
            asked.await.map_err(temporal)?;
        }
        Ok(open.len() as u64)
    }

    async fn unban(&self, account: AccountId) -> Result<(), HandlerError> {
        let name = &account.to_string();
        let id = UserId::of_account(account);
        let known = users::find(&self.deps.db.read(), &id).await?;
        let known = known.filter(|known| known.profile.lock.is_some());
        if known.is_none() {
            let state = &self.state(&id).await?;
            let account = name;
            return self.reply(Phrase::UnbanNone { account, state }).await;
        }
        let unlock = |profile: &mut Profile| {
            profile.lock = None;
            profile.lock_notified = false;
        };
        let user = self.change_profile(account, unlock).await?;
        self.notify_unlocked(&user, account).await;
        let state = &self.state(&id).await?;
        let account = name;
        self.reply(Phrase::UnbanDone { account, state }).await
    }

    /// Notifies a user in their private chat that they can use the bot again. If they have blocked
    /// the bot, they learn it when they next write.
    async fn notify_unlocked(&self, user: &User, account: AccountId) {
        let access = user.access(&self.deps.access, Utc::now());
        if access.refusal().is_some() {
            return;
        }
        self.notify(user, account, Phrase::AccessRestored).await;
    }

    /// Sends a message to a user's private chat, once.
    pub(super) async fn notify(&self, user: &User, account: AccountId, phrase: Phrase<'_>) {
        let text = phrase.html(user.profile.language.unwrap_or(Language::En));
        let chat = ChatRef { id: account.chat(), thread: None };
        let none = Keyboard::default();
        let sent = self.deps.bot.send_text(chat, &text, &none);
        if let Err(fault) = sent.await {
            tracing::info!("a user was not notified of their access: {fault}");
        }
    }

    async fn banned(&self) -> Result<(), HandlerError> {
        let found = users::list_locked(&self.deps.db.read(), Utc::now(), LISTED_LOCKS + 1).await?;
        if found.is_empty() {
            return self.reply(Phrase::BannedNone).await;
        }
        let mut text = Phrase::Banned.html(self.language);
        for (user, lock) in (found.iter().take(LISTED_LOCKS as usize))
            .filter_map(|user| Some((user, user.profile.lock.as_ref()?)))
        {
            let account = user.account.or(user.id.account());
            let account =
                account.map_or_else(|| user.id.to_string(), |account| account.to_string());
            let (said, by) = (LockText::of(lock), lock.by.to_string());
            let line = Phrase::BannedLine {
                account: &account,
                ends: said.ends,
                until: &said.until,
                reasons: said.reasons,
                reason: &said.reason,
                by: &by,
            };
            text = text.append(&Html::text("\n")).append(&line.html(self.language));
        }
        if found.len() > LISTED_LOCKS as usize {
            text = text.append(&Html::text("\n…"));
        }
        self.send(text.into()).await
    }

    async fn grant(&self, account: AccountId, is_admin: bool) -> Result<(), HandlerError> {
        let change = |profile: &mut Profile| profile.is_admin = is_admin;
        let user = self.change_profile(account, change).await?;
        if is_admin {
            self.show_menu_to(account).await;
        }
        let (name, state) = (account.to_string(), self.state(&user.id).await?);
        self.reply(Phrase::AccessState { account: &name, state: &state }).await
    }

    /// Sets how many carousels a user may have per day.
    async fn limit(&self, account: AccountId, carousels: Option<u32>) -> Result<(), HandlerError> {
        self.change_profile(account, |profile| profile.carousels_per_day = carousels).await?;
        let name = &account.to_string();
        match carousels {
            Some(limit) => {
                self.reply(Phrase::LimitSet { account: name, limit: limit.into() }).await
            }
            None => self.reply(Phrase::LimitRemoved { account: name }).await,
        }
    }

    pub(super) async fn state(&self, id: &UserId) -> Result<String, HandlerError> {
        let reader = self.deps.db.read();
        let access = users::access(&reader, &self.deps.access, id, Utc::now()).await?;
        let state = match access {
            Access::Owner => "owner",
            Access::Administrator => "administrator",
            Access::Allowed => "allowed",
            Access::Refused(AccessRefusal::NotListed) => "not-listed",
            Access::Refused(AccessRefusal::Locked(_)) => "locked",
        };
        Ok(Phrase::AccessStateName { state }.plain(self.language))
    }

    /// Changes the stored profile of a user, who may never have written to the bot, and writes the
    /// event in the same transaction.
    pub(super) async fn change_profile(
        &self,
        account: AccountId,
        change: impl Fn(&mut Profile) + Sync,
    ) -> Result<User, HandlerError> {
        let at = Utc::now();
        let new = &NewUser {
            id: UserId::of_account(account),
            account: Some(account),
            profile: Profile::default(),
        };
        let change = &change;
        let written = |tx: Tx| async move {
            users::find_or_create(&tx, new, at).await?;
            let changed = users::change(&tx, &new.id, at, change).await?;
            let Some(changed) = changed else {
                return users::find_or_create(&tx, new, at).await.map(|met| met.value);
            };
            self.record_changed_profile(&tx, Some(&changed), at).await?;
            Ok::<_, storage::StorageError>(changed.value)
        };
        Ok(self.deps.db.write(written).await?)
    }
}

/// A lock in the form that the chat texts take: numbers say whether there is an end and a reason.
struct LockText {
    ends: u64,
    until: String,
    reasons: u64,
    reason: String,
}

impl LockText {
    fn of(lock: &AccessLock) -> Self {
        let until = lock.until.map(DateTime::<Utc>::from);
        Self {
            ends: until.is_some().into(),
            until: until
                .map_or_else(String::new, |until| until.format("%Y-%m-%d %H:%M UTC").to_string()),
            reasons: (!lock.reason.is_empty()).into(),
            reason: lock.reason.clone(),
        }
    }
}

/// Whether the stored lock is the one that the same update has already set.
fn repeats(stored: Option<&AccessLock>, new: &AccessLock) -> bool {
    let lasts = |lock: &AccessLock| {
        let until = lock.until?;
        until.duration_since(lock.at).ok().map(|lasts| lasts.as_secs())
    };
    stored.is_some_and(|stored| {
        let age = new.at.duration_since(stored.at).unwrap_or_default();
        (stored.by, &stored.reason, lasts(stored)) == (new.by, &new.reason, lasts(new))
            && age < REDELIVERY_TIME
    })
}
