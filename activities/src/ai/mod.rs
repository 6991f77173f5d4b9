//! The ai pool: analyzes topics, writes slides, answers questions, reads pages and transcribes
//! recordings, with the provider that the workflow names. Results and failures include the model
//! calls. It stores only source texts, in the blob store.

pub mod anthropic;
pub mod breaker;
pub mod cost;
#[cfg(test)]
mod cost_tests;
pub mod desk;
mod frame;
mod limits;
mod meters;
pub mod model;
pub mod model_error;
pub mod offline;
pub mod openai;
pub mod page;
mod prompt;
mod provider;
pub mod reply;
pub mod schema;
mod writer;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    BlobKey, Brief, Language, LongText, Slide, Topic,
    failure::ModelProblem,
    limits::{INSTRUCTION_CHARS, QUESTION_CHARS, TOPIC_CHARS, VOICE_BYTES},
    record::{BriefRecord, DraftRecord, SlideRecord},
};
use storage::Blobs;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{
    self, AnalyzeInput, Analyzed, AnswerInput, Answered, FetchInput, Material, ModelCall,
    RewriteInput, Rewritten, ShortenInput, Shortened, Thought, TranscribeInput, WisdomInput,
    WriteInput, Written,
};

use self::{desk::Desk, frame::Frame, model::Recording};
use crate::{
    attempt::{Conditions, Errand},
    error::Error,
    fault::Moment,
};
pub use meters::Meters;
pub use page::{Fetcher, Reach};
pub use provider::{Answer, Day, Later, Provider, Question, Subject, Tight, Wisdom, Wish};
pub use writer::Writer;

pub struct Ai {
    providers: BTreeMap<String, Arc<dyn Provider>>,
    fetcher: Fetcher,
    blobs: Blobs,
    conditions: Conditions,
    meters: Meters,
}

impl Ai {
    /// Source texts are stored in `blobs`.
    pub fn new(
        providers: impl IntoIterator<Item = Arc<dyn Provider>>,
        fetcher: Fetcher,
        blobs: Blobs,
        conditions: Conditions,
        meters: Meters,
    ) -> Self {
        let named = |provider: Arc<dyn Provider>| (provider.name().to_owned(), provider);
        Self {
            providers: providers.into_iter().map(named).collect(),
            fetcher,
            blobs,
            conditions,
            meters,
        }
    }

    async fn analyze(&self, errand: Errand, input: AnalyzeInput) -> Result<Analyzed, Error> {
        let provider = self.provider(&input.provider)?;
        let subject = self.subject(&input.brief).await?;
        let (analysis, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.analyze(desk, &subject).await
            })
            .await?;
        Ok(Analyzed { analysis, calls })
    }

    async fn write(&self, errand: Errand, input: WriteInput) -> Result<Written, Error> {
        let provider = self.provider(&input.provider)?;
        let subject = self.subject(&input.brief).await?;
        let mut analysis = input.analysis;
        let other = Frame::parse(&analysis.frame).filter(|_| input.again);
        let other = other.map(|frame| frame.next().name().to_owned());
        if let Some(frame) = &other {
            analysis.frame.clone_from(frame);
        }
        let (draft, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.write(desk, &subject, &analysis).await
            })
            .await?;
        Ok(Written {
            draft: DraftRecord::from(&draft),
            frame: other.unwrap_or_default(),
            calls,
        })
    }

    async fn shorten(&self, errand: Errand, input: ShortenInput) -> Result<Shortened, Error> {
        let provider = self.provider(&input.provider)?;
        if input.slides.is_empty() || input.slides.len() != input.overflows.len() {
            return Err(Error::Input(
                "each slide needs one overflow measurement".to_owned(),
            ));
        }
        let tight = Tight {
            language: language(&input.language)?,
            slides: slides(&input.slides)?,
            overflows: input.overflows,
        };
        let (slides, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.shorten(desk, &tight).await
            })
            .await?;
        Ok(Shortened {
            slides: slides.iter().map(SlideRecord::from).collect(),
            calls,
        })
    }

    async fn rewrite(&self, errand: Errand, input: RewriteInput) -> Result<Rewritten, Error> {
        let provider = self.provider(&input.provider)?;
        let number = usize::try_from(input.slide).unwrap_or(0);
        let wish = Wish {
            brief: Brief::try_from(&input.brief).map_err(|e| Error::Input(e.to_string()))?,
            slides: slides(&input.slides)?,
            at: number
                .checked_sub(1)
                .filter(|at| *at < input.slides.len())
                .ok_or_else(|| Error::Input(format!("there is no slide {number}")))?,
            instruction: bounded("instruction", &input.instruction, INSTRUCTION_CHARS)?,
        };
        let (slide, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.rewrite(desk, &wish).await
            })
            .await?;
        Ok(Rewritten {
            slide: SlideRecord::from(&slide),
            calls,
        })
    }

    async fn reply(&self, errand: Errand, input: AnswerInput) -> Result<Answered, Error> {
        let provider = self.provider(&input.provider)?;
        let question = Question {
            words: bounded("question", &input.question, QUESTION_CHARS)?,
            language: language(&input.language)?,
        };
        let (answer, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.answer(desk, &question).await
            })
            .await?;
        let covered = !answer.citations.is_empty();
        let silence = match question.language {
            Language::Ru => "Об этом в наших заметках ничего нет.",
            Language::En => "Our notes don’t say anything about that.",
        };
        Ok(Answered {
            text: if covered {
                answer.text
            } else {
                silence.to_owned()
            },
            covered,
            citations: answer.citations,
            calls,
        })
    }

    async fn think(&self, errand: Errand, input: WisdomInput) -> Result<Thought, Error> {
        let provider = self.provider(&input.provider)?;
        let day = Day {
            language: language(&input.language)?,
            user: input.user,
            day: input.day,
        };
        let (wisdom, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.wisdom(desk, &day).await
            })
            .await?;
        Ok(Thought {
            text: wisdom.text,
            category: wisdom.category,
            source: wisdom.source,
            calls,
        })
    }

    async fn fetch(&self, errand: Errand, input: FetchInput) -> Result<Material, Error> {
        let page = self.fetcher.page(&input.link).await?;
        let text = self.store(&page.text).await?;
        errand.at(Moment::After).await?;
        Ok(Material {
            topic: page.topic.as_str().to_owned(),
            text,
            calls: Vec::new(),
        })
    }

    async fn hear(&self, errand: Errand, input: TranscribeInput) -> Result<Material, Error> {
        let provider = self.provider(&input.provider)?;
        let key = BlobKey::parse(&input.voice).map_err(|e| Error::Input(e.to_string()))?;
        let language = language(&input.language)?;
        let bytes = self.blobs.get(&key).await?;
        if bytes.len() > VOICE_BYTES {
            return Err(Error::Source(
                "the recording is larger than 20 MB".to_owned(),
            ));
        }
        let recording = Recording {
            bytes: &bytes,
            file: key.as_str(),
            language: language.name(),
        };
        let (said, calls) = self
            .at_desk(&errand, input.allowance, async |desk| {
                provider.transcribe(desk, recording).await
            })
            .await?;
        let (topic, text) = self.said(&said).await?;
        Ok(Material { topic, text, calls })
    }

    /// Splits a transcript: a short one is a topic; of a longer one, the first sentence is the
    /// topic and the whole is the source text.
    async fn said(&self, words: &str) -> Result<(String, String), Error> {
        const NOTHING: &str = "nothing can be understood in this recording";
        let text = LongText::parse(&offline::shorten::shorten(
            words,
            domain::limits::TEXT_CHARS,
        ))
        .map_err(|_| Error::Source(NOTHING.to_owned()))?;
        if text.as_str().chars().count() <= TOPIC_CHARS {
            let topic = Topic::parse(text.as_str());
            let topic = topic.map_err(|_| Error::Source(NOTHING.to_owned()))?;
            return Ok((topic.as_str().to_owned(), String::new()));
        }
        let topic = text.headline().as_str().to_owned();
        Ok((topic, self.store(&text).await?))
    }

    /// Runs `work` with a desk. Returns its result and all model calls of this activity so far.
    async fn at_desk<T>(
        &self,
        errand: &Errand,
        allowance: Option<u64>,
        work: impl AsyncFnOnce(&Desk<'_>) -> Result<T, Error>,
    ) -> Result<(T, Vec<ModelCall>), Error> {
        let value = work(&Desk::new(errand, &self.meters, allowance)).await?;
        errand.at(Moment::After).await?;
        Ok((value, errand.calls()))
    }

    fn provider(&self, name: &str) -> Result<&dyn Provider, Error> {
        self.providers.get(name).map(AsRef::as_ref).ok_or_else(|| {
            let known: Vec<&str> = self.providers.keys().map(String::as_str).collect();
            let reason = format!(
                "this worker has no such provider, only {}",
                known.join(", ")
            );
            Error::model(name, ModelProblem::NotConfigured, reason)
        })
    }

    async fn subject(&self, brief: &BriefRecord) -> Result<Subject, Error> {
        let brief = Brief::try_from(brief).map_err(|e| Error::Input(e.to_string()))?;
        let text = match &brief.text {
            Some(key) => Some(self.read_text(key).await?),
            None => None,
        };
        Ok(Subject { brief, text })
    }

    async fn read_text(&self, key: &BlobKey) -> Result<LongText, Error> {
        let bytes = self.blobs.get(key).await?;
        let text = String::from_utf8_lossy(&bytes);
        LongText::parse(&text).map_err(|e| Error::Input(e.to_string()))
    }

    async fn store(&self, text: &LongText) -> Result<String, Error> {
        Ok(self.blobs.put(text.as_str().to_owned(), "txt").await?.key)
    }
}

fn language(name: &str) -> Result<Language, Error> {
    name.parse()
        .map_err(|e: domain::UnknownName| Error::Input(e.to_string()))
}

fn slides(records: &[SlideRecord]) -> Result<Vec<Slide>, Error> {
    let slide = |(at, record)| {
        Slide::try_from(record).map_err(|e| Error::Input(format!("slide {}: {e}", at + 1)))
    };
    records.iter().enumerate().map(slide).collect()
}

/// A user's text, cleaned; neither empty nor longer than `max`.
fn bounded(what: &str, words: &str, max: usize) -> Result<String, Error> {
    let clean = LongText::parse(words).map_err(|_| Error::Input(format!("the {what} is empty")))?;
    let chars = clean.as_str().chars().count();
    if chars > max {
        return Err(Error::Input(format!(
            "the {what} has {chars} characters, at most {max} are allowed"
        )));
    }
    Ok(clean.as_str().to_owned())
}

#[activities]
impl Ai {
    #[activity(definition = contract::ai::AnalyzeTopic)]
    pub async fn analyze_topic(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: AnalyzeInput,
    ) -> Result<Analyzed, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.analyze(errand, input))
            .await
    }

    #[activity(definition = contract::ai::WriteSlides)]
    pub async fn write_slides(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: WriteInput,
    ) -> Result<Written, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.write(errand, input))
            .await
    }

    #[activity(definition = contract::ai::ShortenSlides)]
    pub async fn shorten_slides(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: ShortenInput,
    ) -> Result<Shortened, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.shorten(errand, input))
            .await
    }

    #[activity(definition = contract::ai::RewriteSlide)]
    pub async fn rewrite_slide(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: RewriteInput,
    ) -> Result<Rewritten, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.rewrite(errand, input))
            .await
    }

    #[activity(definition = contract::ai::Answer)]
    pub async fn answer(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: AnswerInput,
    ) -> Result<Answered, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.reply(errand, input))
            .await
    }

    #[activity(definition = contract::ai::Wisdom)]
    pub async fn wisdom(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: WisdomInput,
    ) -> Result<Thought, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.think(errand, input))
            .await
    }

    #[activity(definition = contract::ai::FetchPage)]
    pub async fn fetch_page(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: FetchInput,
    ) -> Result<Material, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.fetch(errand, input))
            .await
    }

    #[activity(definition = contract::ai::Transcribe)]
    pub async fn transcribe(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: TranscribeInput,
    ) -> Result<Material, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.hear(errand, input))
            .await
    }
}
