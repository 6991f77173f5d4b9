//! Sends pictures that belong to no carousel: the sample of the greeting, and covers to choose a
//! theme from. The renderer draws them here, because a person waits for them.

use bytes::Bytes;
use chrono::Utc;
use domain::{Draft, ImageKind, Slide, ThemeId, record::BriefRecord};
use render::{Avatar, ContactSheet, Pixels, RenderOptions, Renderer, SlideBrand, SlidePosition};
use storage::{bot_pictures, settings};
use telegram::{Effect, OutgoingFile, Photo};

use super::{CommandHandler, HandlerError};
use crate::{bot::reply::ReplyMessage, theme_sample};

/// Covers in a row, as many as buttons in a row below them.
pub(crate) const COVERS_IN_A_ROW: u8 = 3;

/// A slide of a sheet, and how it is drawn.
type SheetSlide = (Slide, SlidePosition, RenderOptions);

/// Slides in one picture.
pub(super) struct PictureSheet {
    slides: Vec<SheetSlide>,
    columns: u8,
    /// The slide with a frame.
    marked: Option<usize>,
}

impl CommandHandler<'_> {
    /// Sends a picture with a caption and buttons; only the text if it can't be drawn or Telegram
    /// refuses it. A picture that is `reused` is uploaded once.
    pub(super) async fn send_sheet(
        &self,
        sheet: PictureSheet,
        said: ReplyMessage,
        reused: bool,
    ) -> Result<(), HandlerError> {
        let (bot, name) = (self.deps.id, sheet.name(&self.deps.renderer));
        let known =
            if reused { bot_pictures::find(&self.deps.db.read(), bot, &name).await? } else { None };
        let is_new = known.is_none();
        let file = match known {
            Some(id) => OutgoingFile::FileId(id),
            None => {
                let renderer = self.deps.renderer.clone();
                let drawing = tokio::task::spawn_blocking(move || sheet.draw(&renderer));
                match drawing.await.ok().flatten() {
                    Some(bytes) => OutgoingFile::Bytes { name: "slides.jpg".to_owned(), bytes },
                    None => return self.send(said).await,
                }
            }
        };
        self.wait_for_rate_limit().await?;
        let photo = Photo { file, caption: Some(said.text.clone()) };
        let sent = self.deps.bot.send_photo(self.update.chat, photo, &said.keyboard).await;
        match sent {
            Ok(sent) => {
                if reused && is_new && !sent.file.is_empty() {
                    let (name, file, at) = (&name, &sent.file, Utc::now());
                    let store =
                        |tx| async move { bot_pictures::store(&tx, bot, name, file, at).await };
                    self.deps.db.write(store).await?;
                }
                self.finish_reply(None).await
            }
            Err(fault) => match fault.effect() {
                Effect::NotSentRetry | Effect::Unknown => self.finish_reply(Some(fault)).await,
                Effect::NotSentFinal => {
                    tracing::warn!("a picture was not sent, its text is: {fault}");
                    self.send(said).await
                }
            },
        }
    }

    /// The sample of the greeting: three slides of the default theme.
    pub(super) fn sample_sheet(&self) -> Option<PictureSheet> {
        let slides = theme_sample::slides(self.language)?;
        let options = theme_sample::options(ThemeId::default(), self.language);
        let places = SlidePosition::all(slides.len());
        let slides = slides.into_iter().zip(places);
        Some(PictureSheet {
            slides: slides.map(|(slide, place)| (slide, place, options.clone())).collect(),
            columns: 3,
            marked: None,
        })
    }

    /// The sample's cover in every theme.
    pub(super) fn sample_covers(&self, current: &ThemeId) -> Option<PictureSheet> {
        let slides = theme_sample::slides(self.language)?;
        let base = theme_sample::options(ThemeId::default(), self.language);
        self.covers(slides.first()?, slides.len(), &base, current)
    }

    /// The cover of a carousel in every theme.
    pub(super) async fn carousel_covers(
        &self,
        draft: &Draft,
        brief: &BriefRecord,
        current: &ThemeId,
    ) -> Result<Option<PictureSheet>, HandlerError> {
        let (Some(cover), Ok(format), Ok(language)) =
            (draft.slides().first(), brief.format.parse(), brief.language.parse())
        else {
            return Ok(None);
        };
        let brand = self.slide_brand().await?;
        let base = RenderOptions { theme: current.clone(), format, language, brand };
        Ok(self.covers(cover, draft.slides().len(), &base, current))
    }

    fn covers(
        &self,
        cover: &Slide,
        total: usize,
        base: &RenderOptions,
        current: &ThemeId,
    ) -> Option<PictureSheet> {
        let place = SlidePosition::new(0, total)?;
        let with_theme = |theme: &ThemeId| {
            let options = RenderOptions { theme: theme.clone(), ..base.clone() };
            (cover.clone(), place, options)
        };
        Some(PictureSheet {
            slides: self.themes().map(with_theme).collect(),
            columns: COVERS_IN_A_ROW,
            marked: self.themes().position(|theme| theme == current),
        })
    }

    /// The user's brand. A picture that can't be read is left out.
    async fn slide_brand(&self) -> Result<SlideBrand, HandlerError> {
        let brand = settings::brand_of(&self.deps.db.read(), &self.user).await?;
        let avatar = match &brand.avatar {
            Some(key) => self.deps.blobs.get(key).await.ok(),
            None => None,
        };
        let avatar = match avatar {
            Some(file) => {
                let decoding = tokio::task::spawn_blocking(move || Avatar::decode(&file).ok());
                decoding.await.ok().flatten()
            }
            None => None,
        };
        Ok(SlideBrand {
            handle: brand.handle.as_ref().map(|handle| format!("@{}", handle.as_str())),
            name: brand.name.as_ref().map(|name| name.as_str().to_owned()),
            avatar,
            accent: brand.accent,
        })
    }
}

impl PictureSheet {
    /// Identifies the picture by everything that it depends on.
    fn name(&self, renderer: &Renderer) -> String {
        let mut digest = [0_u8; 32];
        for (slide, place, options) in &self.slides {
            let key = renderer.cache_key(slide, *place, options, ImageKind::Jpeg);
            for (byte, part) in digest.iter_mut().zip(key) {
                *byte = byte.rotate_left(1) ^ part;
            }
        }
        let marked = self.marked.map_or_else(String::new, |marked| format!("-{marked}"));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sheet-{}{marked}-{digest}", self.columns)
    }

    /// Blocks the thread; `None` if no slide can be drawn. A slide that does not fit in a theme
    /// leaves its place empty.
    fn draw(&self, renderer: &Renderer) -> Option<Bytes> {
        let (_, _, first) = self.slides.first()?;
        let count = u8::try_from(self.slides.len()).ok()?;
        let mut sheet = ContactSheet::new(count, self.columns, first.format);
        let mut drawn = 0;
        let mut pixels = Pixels::default();
        for (index, (slide, place, options)) in self.slides.iter().enumerate() {
            match renderer.draw_into(slide, *place, options, &mut pixels) {
                Ok(()) => {
                    sheet.add(&pixels, self.marked == Some(index));
                    drawn += 1;
                }
                Err(refusal) => {
                    tracing::debug!(theme = %options.theme, "a cover was not drawn: {refusal}");
                    sheet.skip();
                }
            }
        }
        let picture = sheet.encode().ok().filter(|_| drawn > 0)?;
        Some(picture.bytes.into())
    }
}
