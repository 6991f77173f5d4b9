//! Answers pressed buttons at once, and gives each press a key, so that a button that is pressed
//! twice has one effect.

use std::{pin::pin, sync::atomic::Ordering, time::Duration};

use domain::{CarouselId, IdError, NoticeId, NoticeKind, RequestSource, UserId};
use storage::{carousels, ledger};
use telegram::{Phrase, action::Action};

use super::{CommandHandler, HandlerError, Spoken, notice, temporal};

/// How long a press may stay without an answer while its action is under way: its button shows a
/// spinner.
const SPINNER_TIME: Duration = Duration::from_millis(300);

/// How long the answer to a callback query may take.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(3);

impl CommandHandler<'_> {
    /// Carries out the action of a pressed button. The callback query is answered before anything
    /// slow, and once.
    pub(super) async fn dispatch_press(&self, query: &str) -> Result<(), HandlerError> {
        if self.is_refused_at_once().await? {
            return Ok(());
        }
        if let Some(toast) = self.early_toast().await? {
            self.toast(toast).await?;
        }
        let mut action = pin!(self.dispatch(self.action));
        let mut acted = None;
        tokio::select! {
            ended = &mut action => acted = Some(ended),
            () = tokio::time::sleep(SPINNER_TIME) => {}
        }
        if !self.answered.swap(true, Ordering::Relaxed) {
            let answer = self.deps.bot.answer_callback(query, None);
            // Telegram forgets the query soon; the action does not wait for it.
            let _ = tokio::time::timeout(CALLBACK_TIMEOUT, answer).await;
        }
        match acted {
            Some(acted) => acted,
            None => action.await,
        }
    }

    /// Refuses a press that only another person may make. The toast is the whole answer, so it must
    /// not come after an empty one.
    async fn is_refused_at_once(&self) -> Result<bool, HandlerError> {
        if let Action::Schedule { what } = self.action
            && !self.may_schedule(what).await?
        {
            self.toast(Phrase::GroupAdministrators { link: &self.link() }).await?;
            return Ok(true);
        }
        let foreign = match (self.action, self.action.carousel()) {
            (Action::StartOver { update }, _) => {
                let edit = self.edited_request(*update).await?;
                edit.is_some_and(|edit| edit.around.from != self.update.account.get())
            }
            (_, Some(id)) => self.owner(id).await?.is_some_and(|owner| !self.may_act_for(&owner)),
            (_, None) => false,
        };
        if foreign {
            self.refuse_foreign().await?;
        }
        Ok(foreign)
    }

    /// Who requested a carousel; `None` if that is not known, or not yet.
    async fn owner(&self, id: &CarouselId) -> Result<Option<UserId>, HandlerError> {
        if let Some(carousel) = carousels::find(&self.deps.db.read(), id).await? {
            return Ok(Some(carousel.user));
        }
        // Only a carousel that has just started has no row.
        match self.action {
            Action::Cancel { .. } | Action::Options { .. } => {
                let requested = self.deps.carousels.requested(id).await.map_err(temporal)?;
                Ok(requested.map(|requested| requested.user))
            }
            _ => Ok(None),
        }
    }

    /// What a toast can say before the action.
    async fn early_toast(&self) -> Result<Option<Phrase<'static>>, HandlerError> {
        if let Action::Cancel { carousel: Some(id) } = self.action {
            let is_open = match self.own(id).await? {
                Some(carousel) => carousel.state.is_open(),
                None => self.has_requested(id).await?,
            };
            return Ok(is_open.then_some(Phrase::CancelRequested));
        }
        Ok(self.is_repeated().await?.then_some(Phrase::AlreadyRequested))
    }

    /// Whether an earlier press of the same button asked for the same. After a crash, that can be
    /// this press itself: so the action is carried out in any case, and its key makes it one.
    async fn is_repeated(&self) -> Result<bool, HandlerError> {
        let (Some(carousel), Some(key)) = (self.action.once_for(), self.press_key()) else {
            return Ok(false);
        };
        let (carousel, name) = match self.action {
            Action::Again { .. } | Action::Remake { .. } | Action::Questions { .. } => {
                let id = self.again_id()?;
                (id, NoticeKind::Progress.into())
            }
            Action::Draw { .. } => {
                let revision = self.revision.unwrap_or_default();
                (carousel.clone(), NoticeId::new(NoticeKind::DrawRequest, revision)?)
            }
            _ => (carousel.clone(), NoticeId::new(NoticeKind::EditRequest, key)?),
        };
        Ok(ledger::find(&self.deps.db.read(), &notice(&carousel, name)).await?.is_some())
    }

    /// What one press asks for: the action on a revision, from one message. `None` if there is no
    /// button that acts once, or if an older version decided the update.
    pub(super) fn press_key(&self) -> Option<String> {
        let revision = self.revision?;
        let (bot, chat, message) = (self.deps.id, self.update.chat.id, self.update.message);
        let button = fnv1a(self.action.data()?.as_str());
        Some(format!("tg-{bot}-{chat}-{message}-r{revision}-{button:08x}"))
    }

    /// The id of the carousel that "Again", "Questions" or another choice makes: one per button. It
    /// is short, because the buttons under that carousel contain it.
    pub(super) fn again_id(&self) -> Result<CarouselId, IdError> {
        let bot = self.deps.id;
        let key = match (self.revision, self.action.data()) {
            (Some(_), Some(button)) => {
                let (chat, message) = (self.update.chat.id, self.update.message);
                format!("{bot}-{chat}-{message}-{:08x}", fnv1a(button.as_str()))
            }
            // An older version decided the update.
            _ => format!("{bot}-{}", self.update.update),
        };
        CarouselId::new(RequestSource::Again, &key)
    }

    /// Says that a carousel is being stopped, before it is: the delivery pool reports the end.
    pub(super) async fn announce_cancel(&self) -> Result<(), HandlerError> {
        match &self.update.content {
            // The toast says so.
            Spoken::Press { .. } => Ok(()),
            _ => self.reply(Phrase::CancelRequested).await,
        }
    }
}

/// A short digest of a button's callback data, FNV-1a.
fn fnv1a(text: &str) -> u32 {
    let fold = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    text.bytes().fold(0x811c_9dc5, fold)
}
