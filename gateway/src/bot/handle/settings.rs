//! Handles settings and the brand: shows them, sets them from buttons and texts.

use chrono::Utc;
use domain::{Accent, BlobKey, BrandName, Handle, Language};
use storage::{settings, users};
use telegram::{Html, Phrase, messages::BROADCAST_SETTING};

use super::{CommandHandler, HandlerError};
use crate::bot::{command::BrandField, reply};

/// Asks for the value of a part of the brand.
pub(super) const fn prompt(field: BrandField) -> Phrase<'static> {
    match field {
        BrandField::Handle => Phrase::SendHandle,
        BrandField::Name => Phrase::SendName,
        BrandField::Accent => Phrase::SendAccent,
        BrandField::Avatar => Phrase::SendAvatar,
    }
}

impl CommandHandler<'_> {
    pub(super) async fn settings(&self, setting: Option<&str>) -> Result<(), HandlerError> {
        let said = match setting {
            None => Some(self.all_settings(self.language).await?),
            Some("wisdom") => return self.choose_daily_tip().await,
            Some(setting) => reply::choices(self.language, setting, &self.themes()),
        };
        match said {
            Some(said) => self.show(said).await,
            None => self.reply(Phrase::StaleButton).await,
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
        let (user, at) = (&self.user, Utc::now());
        let change = |tx| async move {
            users::change(&tx, user, at, |profile| profile.wants_news = wants).await
        };
        self.deps.db.write(change).await?;
        Ok(())
    }

    pub(super) fn themes(&self) -> Vec<String> {
        self.deps
            .renderer
            .themes()
            .map(|theme| theme.as_str().to_owned())
            .collect()
    }

    pub(super) async fn set(&self, setting: &str, value: &str) -> Result<(), HandlerError> {
        let (db, user, at) = (&self.deps.db, &self.user, Utc::now());
        let mut language = self.language;
        let known = match setting {
            "language" => match value.parse() {
                Ok(chosen) => {
                    language = chosen;
                    let change = |tx| async move {
                        users::change(&tx, user, at, |profile| profile.language = Some(chosen))
                            .await
                    };
                    db.write(change).await?;
                    true
                }
                Err(_) => false,
            },
            "theme" if self.themes().iter().any(|theme| theme == value) => {
                let theme = domain::ThemeId::parse(value).ok();
                let theme = &theme;
                let change = |tx| async move {
                    settings::change_settings(&tx, user, at, |wanted| {
                        wanted.theme.clone_from(theme);
                    })
                    .await
                };
                db.write(change).await?;
                true
            }
            "format" => match value.parse() {
                Ok(format) => {
                    let change = |tx| async move {
                        settings::change_settings(&tx, user, at, |wanted| {
                            wanted.format = Some(format);
                        })
                        .await
                    };
                    db.write(change).await?;
                    true
                }
                Err(_) => false,
            },
            "slides" => match value.parse() {
                Ok(slides) => {
                    let change = |tx| async move {
                        settings::change_settings(&tx, user, at, |wanted| {
                            wanted.slides = Some(slides);
                        })
                        .await
                    };
                    db.write(change).await?;
                    true
                }
                Err(_) => false,
            },
            "review" | "documents" => match value {
                "yes" | "no" => {
                    let (review, wanted) = (setting == "review", value == "yes");
                    let change = |tx| async move {
                        settings::change_settings(&tx, user, at, |settings| {
                            if review {
                                settings.draft_review = wanted;
                            } else {
                                settings.documents = wanted;
                            }
                        })
                        .await
                    };
                    db.write(change).await?;
                    true
                }
                _ => false,
            },
            "wisdom" => self.set_daily_tip(value).await?,
            BROADCAST_SETTING => match value {
                // The button is under a message that must stay unchanged.
                "start" => {
                    self.set_news(true).await?;
                    return self.reply(Phrase::BroadcastsOn).await;
                }
                "stop" => {
                    self.set_news(false).await?;
                    return self.reply(Phrase::BroadcastsOff).await;
                }
                "yes" | "no" => {
                    self.set_news(value == "yes").await?;
                    true
                }
                _ => false,
            },
            _ => false,
        };
        if !known {
            return self.reply(Phrase::StaleButton).await;
        }
        let said = self.all_settings(language).await?;
        self.show(said).await
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
        let key = BlobKey::parse(&stored.key).map_err(storage::StorageError::from)?;
        self.change_brand(BrandPart::Avatar(Some(key))).await
    }

    /// Says that a value can't be used, and which values can.
    async fn refuse_brand(&self, field: BrandField) -> Result<(), HandlerError> {
        let refused = Phrase::BrandRefused.html(self.language);
        let prompt = prompt(field).html(self.language);
        self.send(refused.append(&Html::text(" ")).append(&prompt).into())
            .await
    }

    async fn change_brand(&self, part: BrandPart) -> Result<(), HandlerError> {
        let (user, part, at) = (&self.user, &part, Utc::now());
        let change = |tx| async move {
            settings::change_brand(&tx, user, at, |brand| match part.clone() {
                BrandPart::Handle(handle) => brand.handle = handle,
                BrandPart::Name(name) => brand.name = name,
                BrandPart::Accent(accent) => brand.accent = accent,
                BrandPart::Avatar(avatar) => brand.avatar = avatar,
            })
            .await
        };
        self.deps.db.write(change).await?;
        self.reply(Phrase::Saved).await
    }
}

/// A validated part of a brand.
#[derive(Clone)]
enum BrandPart {
    Handle(Option<Handle>),
    Name(Option<BrandName>),
    Accent(Option<Accent>),
    Avatar(Option<BlobKey>),
}
