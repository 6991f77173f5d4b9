//! Handles requests for access: a stranger asks with one press, an owner answers with one.

use chrono::Utc;
use domain::{AccountId, Language, UserId, failure::FailureKind};
use storage::users;
use telegram::{
    ChatRef, Keyboard, Phrase,
    action::{AccessAction, Action},
    messages::button,
};

use super::{CommandHandler, HandlerError};
use crate::bot::reply::ReplyMessage;

impl CommandHandler<'_> {
    /// Refuses a stranger, and offers to ask the owners if there are any.
    pub(super) async fn refuse_stranger(&self) -> Result<(), HandlerError> {
        self.deps.metrics.refusals.inc([FailureKind::AccessRefused.name()]);
        let id = self.update.account.to_string();
        let ask = button(Phrase::ButtonAskAccess, self.language, &Action::AskAccess);
        let ask = ask.filter(|_| !self.deps.access.owners.is_empty());
        self.send(ReplyMessage {
            text: Phrase::NotAllowed { id: &id }.html(self.language),
            keyboard: Keyboard::rows([ask.into_iter().collect()]),
        })
        .await
    }

    /// Passes a stranger's request on to the owners.
    pub(super) async fn ask_access(&self) -> Result<(), HandlerError> {
        let (account, now) = (self.update.account, Utc::now());
        let reader = self.deps.db.read();
        let access = users::access(&reader, &self.deps.access, &self.user, now).await?;
        if access.refusal().is_none() {
            // An owner has let them in meanwhile.
            return self.reply(Phrase::AccessGranted).await;
        }
        for owner in &self.deps.access.owners {
            let owner = AccountId::new(*owner);
            let language = self.language_of(owner).await?;
            let request = access_request(language, account, self.language);
            let chat = ChatRef { id: owner.chat(), thread: None };
            let sent = self.deps.bot.send_text(chat, &request.text, &request.keyboard).await;
            if let Err(fault) = sent {
                // An owner who has never written to the bot can't get messages.
                tracing::warn!(owner = owner.get(), "a request was not passed on: {fault}");
            }
        }
        self.reply(Phrase::AccessAsked).await
    }

    /// Lets a user in who is not on the access list, or undoes it; notifies them.
    pub(super) async fn allow(
        &self,
        account: AccountId,
        is_allowed: bool,
    ) -> Result<(), HandlerError> {
        let id = UserId::of_account(account);
        let access = |of: &users::User| of.access(&self.deps.access, Utc::now());
        let before = users::find(&self.deps.db.read(), &id).await?;
        let could_use = before.as_ref().is_some_and(|user| access(user).refusal().is_none());
        let user = self.change_profile(account, |profile| profile.is_allowed = is_allowed).await?;
        let can_use = access(&user).refusal().is_none();
        match (could_use, can_use) {
            (false, true) => self.notify(&user, account, Phrase::AccessGranted).await,
            // Also the answer to a request.
            (_, false) if !is_allowed => self.notify(&user, account, Phrase::AccessDeclined).await,
            (true, true) | (_, false) => {}
        }
        let (name, state) = (account.to_string(), self.state(&id).await?);
        let said = Phrase::AccessState { account: &name, state: &state };
        self.show(said.html(self.language).into()).await
    }

    async fn language_of(&self, account: AccountId) -> Result<Language, HandlerError> {
        let user = users::find(&self.deps.db.read(), &UserId::of_account(account)).await?;
        Ok(user.and_then(|user| user.profile.language).unwrap_or(Language::En))
    }
}

fn access_request(language: Language, account: AccountId, spoken: Language) -> ReplyMessage {
    let spoken = Phrase::LanguageName { language: spoken.name() }.plain(language);
    let id = account.to_string();
    let answer = |phrase, what| button(phrase, language, &Action::Access { what });
    let answers = [
        answer(Phrase::ButtonAllow, AccessAction::Allow { account }),
        answer(Phrase::ButtonRefuse, AccessAction::Disallow { account }),
    ];
    ReplyMessage {
        text: Phrase::AccessRequest { account: &id, language: &spoken }.html(language),
        keyboard: Keyboard::rows([answers.into_iter().flatten().collect()]),
    }
}
