//! Handles settings and the brand: shows them, sets them from buttons and texts.

use chrono::Utc;
use domain::{
    Accent, BlobKey, BrandField, BrandName, Handle, Language, SettingMenu, ThemeId, UserSettings,
};
use events::Timestamp;
use storage::{
    Tx, settings,
    users::{self, Profile},
};
use telegram::{Html, Phrase, action::SettingChange};

use super::{CommandHandler, HandlerError};
use crate::bot::{parse::ParsedContent, reply};

pub(super) const fn prompt(field: BrandField) -> Phrase<'static> {
    match field {
        BrandField::Handle => Phrase::SendHandle,
        BrandField::Name => Phrase::SendName,
        BrandField::Accent => Phrase::SendAccent,
        BrandField::Avatar => Phrase::SendAvatar,
    }
}

impl CommandHandler<'_> {
    pub(super) async fn settings(&self, setting: Option<SettingMenu>) -> Result<(), HandlerError> {
        let said = match setting {
            None => self.all_settings(self.language).await?,
            Some(SettingMenu::DailyTip) => return self.choose_daily_tip().await,
            Some(SettingMenu::Language) => reply::choose_language(self.language),
            Some(SettingMenu::Theme) => return self.choose_theme().await,
            Some(SettingMenu::Format) => reply::choose_format(self.language),
            Some(SettingMenu::Slides) => reply::choose_slides(self.language),
        };
        self.show(said).await
    }

    /// Shows the sample's covers to choose from; in the settings, only the names.
    async fn choose_theme(&self) -> Result<(), HandlerError> {
        let wanted = settings::settings_of(&self.deps.db.read(), &self.user).await?;
        let current = reply::theme_of(&wanted);
        let said = reply::choose_theme(self.language, self.themes(), &current);
        let is_press = matches!(self.update.content, ParsedContent::Press { .. });
        match self.sample_covers(&current).filter(|_| !is_press) {
            Some(sheet) => self.send_sheet(sheet, said, true).await,
            None => self.show(said).await,
        }
    }

    async fn all_settings(&self, language: Language) -> Result<reply::ReplyMessage, HandlerError> {
        let reader = self.deps.db.read();
        let user = users::find(&reader, &self.user).await?;
        let chosen = reply::SettingsView {
            settings: settings::settings_of(&reader, &self.user).await?,
            brand: settings::brand_of(&reader, &self.user).await?,
            wisdom: self.daily_tip_time().await?,
            news: user.is_some_and(|user| user.profile.wants_news),
        };
        Ok(reply::settings(language, &chosen))
    }

    /// Sets whether the user receives broadcasts.
    async fn set_news(&self, wants: bool) -> Result<(), HandlerError> {
        self.change_own_profile(|profile| profile.wants_news = wants).await
    }

    async fn change_own_profile(
        &self,
        change: impl Fn(&mut Profile) + Sync,
    ) -> Result<(), HandlerError> {
        let (user, at, change) = (&self.user, Utc::now(), &change);
        let write = |tx: Tx| async move {
            let changed = users::change(&tx, user, at, change).await?;
            self.record_changed_profile(&tx, changed.as_ref(), at).await
        };
        Ok(self.deps.db.write(write).await?)
    }

    pub(super) fn themes(&self) -> impl Iterator<Item = &ThemeId> {
        self.deps.renderer.themes()
    }

    pub(super) async fn set(&self, change: &SettingChange) -> Result<(), HandlerError> {
        let mut language = self.language;
        match change {
            SettingChange::Language(chosen) => {
                language = *chosen;
                self.set_language(language).await?;
            }
            SettingChange::Theme(theme) => {
                if !self.themes().any(|known| known == theme) {
                    return self.reply(Phrase::StaleButton).await;
                }
                self.change_settings(|wanted| wanted.theme = Some(theme.clone())).await?;
            }
            SettingChange::Format(format) => {
                self.change_settings(|wanted| wanted.format = Some(*format)).await?;
            }
            SettingChange::Slides(count) => {
                self.change_settings(|wanted| wanted.slides = Some(*count)).await?;
            }
            SettingChange::Review(on) => {
                self.change_settings(|wanted| wanted.draft_review = *on).await?;
            }
            SettingChange::Documents(on) => {
                self.change_settings(|wanted| wanted.documents = *on).await?;
            }
            SettingChange::DailyTip(time) => self.set_daily_tip(*time).await?,
            SettingChange::Broadcasts(on) => self.set_news(*on).await?,
            SettingChange::BroadcastsReply(on) => {
                self.set_news(*on).await?;
                return self
                    .reply(if *on { Phrase::BroadcastsOn } else { Phrase::BroadcastsOff })
                    .await;
            }
        }
        let said = self.all_settings(language).await?;
        self.show(said).await
    }

    async fn set_language(&self, language: Language) -> Result<(), HandlerError> {
        self.change_own_profile(|profile| profile.language = Some(language)).await
    }

    async fn change_settings(
        &self,
        change: impl Fn(&mut UserSettings) + Sync,
    ) -> Result<(), HandlerError> {
        let (at, change) = (Utc::now(), &change);
        let write = |tx: Tx| async move { self.change_settings_in(&tx, at, change).await };
        Ok(self.deps.db.write(write).await?)
    }

    /// Changes the user's settings and writes the event, within `tx`.
    pub(super) async fn change_settings_in(
        &self,
        tx: &Tx,
        at: Timestamp,
        change: impl FnOnce(&mut UserSettings),
    ) -> storage::Result<()> {
        let changed = settings::change_settings(tx, &self.user, at, change).await?;
        self.record_changed_fields(tx, &self.user, &changed.fields, at).await
    }

    pub(super) async fn set_brand(
        &self,
        field: BrandField,
        value: &str,
    ) -> Result<(), HandlerError> {
        let given = Some(value.trim()).filter(|value| *value != "-");
        let parsed = match field {
            BrandField::Handle => given.map(Handle::parse).transpose().map(BrandPart::Handle),
            BrandField::Name => given.map(BrandName::parse).transpose().map(BrandPart::Name),
            BrandField::Accent => given.map(Accent::parse).transpose().map(BrandPart::Accent),
            BrandField::Avatar => Ok(BrandPart::Avatar(None)),
        };
        match parsed {
            Ok(part) => self.change_brand(part).await,
            Err(_) => self.refuse_brand(field).await,
        }
    }

    pub(super) async fn set_avatar(&self, file: &str, bytes: u32) -> Result<(), HandlerError> {
        let Some(picture) = self.picture(file, bytes).await? else {
            return Ok(());
        };
        let ending = match picture.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpg",
            _ => return self.reply(Phrase::SendAvatar).await,
        };
        // The image is validated here and not by the first carousel, so that the user gets the
        // reason at once. It runs on a blocking thread, so that it does not delay other updates.
        let judging =
            tokio::task::spawn_blocking(move || render::Avatar::decode(&picture).map(|_| picture));
        let Ok(Ok(picture)) = judging.await else {
            return self.refuse_brand(BrandField::Avatar).await;
        };
        let stored = self.deps.blobs.put(picture, ending).await?;
        let key = BlobKey::parse(&stored.key)?;
        self.change_brand(BrandPart::Avatar(Some(key))).await
    }

    /// Says that a value can't be used, and which values can.
    async fn refuse_brand(&self, field: BrandField) -> Result<(), HandlerError> {
        let refused = Phrase::BrandRefused.html(self.language);
        let prompt = prompt(field).html(self.language);
        self.send(refused.append(&Html::text(" ")).append(&prompt).into()).await
    }

    async fn change_brand(&self, part: BrandPart) -> Result<(), HandlerError> {
        let (user, part, at) = (&self.user, &part, Utc::now());
        let change = |tx: Tx| async move {
            let changed = settings::change_brand(&tx, user, at, |brand| match part.clone() {
                BrandPart::Handle(handle) => brand.handle = handle,
                BrandPart::Name(name) => brand.name = name,
                BrandPart::Accent(accent) => brand.accent = accent,
                BrandPart::Avatar(avatar) => brand.avatar = avatar,
            })
            .await?;
            let fields = changed.fields.iter().map(|field| format!("brand.{field}"));
            let fields: Vec<String> = fields.collect();
            self.record_changed_fields(&tx, user, &fields, at).await
        };
        self.deps.db.write(change).await?;
        self.reply(Phrase::Saved).await
    }
}

#[derive(Clone)]
enum BrandPart {
    Handle(Option<Handle>),
    Name(Option<BrandName>),
    Accent(Option<Accent>),
    Avatar(Option<BlobKey>),
}
