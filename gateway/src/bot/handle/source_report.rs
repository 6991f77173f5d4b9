//! Shows which sections of the source text are on which slides, and which were left out.

use document::SectionUse;
use domain::{BlobKey, CarouselId, LongText};
use storage::StorageError;
use telegram::{Html, Phrase};

use super::{CommandHandler, HandlerError};

/// Most sections in one message.
const SECTIONS: usize = 40;

impl CommandHandler<'_> {
    pub(super) async fn source_report(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some((carousel, draft)) = self.draft_of(id).await? else {
            return Ok(());
        };
        let Some(text) = self.source_text(&carousel.brief.text).await? else {
            return self.reply(Phrase::SourceGone).await;
        };
        let report = document::source_report(&text, draft.slides());
        let lines = report.iter().take(SECTIONS).map(|section| self.section_line(section));
        let mut said = Phrase::SourceReport.html(self.language);
        for line in lines {
            said = said.append(&Html::text("\n")).append(&line);
        }
        self.send(said.into()).await
    }

    fn section_line(&self, section: &SectionUse) -> Html {
        let title = section.title.as_str();
        if section.slides.is_empty() {
            return Phrase::SourceLeftOut { section: title }.html(self.language);
        }
        let slides: Vec<String> = section.slides.iter().map(usize::to_string).collect();
        let slides = slides.join(", ");
        Phrase::SourceOnSlides { section: title, slides: &slides }.html(self.language)
    }

    /// The stored text under this key; `None` if it was deleted.
    async fn source_text(&self, key: &str) -> Result<Option<LongText>, HandlerError> {
        let Ok(key) = BlobKey::parse(key) else {
            return Ok(None);
        };
        match self.deps.blobs.get(&key).await {
            Ok(bytes) => Ok(LongText::parse(&String::from_utf8_lossy(&bytes)).ok()),
            Err(StorageError::BlobMissing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
