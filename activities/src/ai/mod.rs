//! The ai pool: analyzes topics, writes slides, answers questions, reads pages and transcribes
//! recordings, with the provider that the workflow names. Results and failures include the model
//! calls. It stores only source texts, in the blob store.

mod model_caller;
#[cfg(test)]
mod model_caller_tests;
mod page;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    BlobKey, Brief, Language, LongText, ProviderName, Slide, Topic,
    failure::ModelProblem,
    limits::{INSTRUCTION_CHARS, QUESTION_CHARS, TOPIC_CHARS, VOICE_BYTES},
    record::{BriefRecord, DraftRecord, SlideRecord},
};
use llm::{language_model::Recording, model_error::ModelError};
use storage::Blobs;
use workflows::{
    carousel::{
        AnalyzeInput, AnalyzeTopic, FetchInput, FetchPage, ShortenInput, ShortenSlides,
        SlidesShortened, SlidesWritten, SourceMaterial, TopicAnalyzed, Transcribe, TranscribeInput,
        WriteInput, WriteSlides,
    },
    edit::{RewriteInput, RewriteSlide, SlideRewritten},
    model_calls::ModelCall,
    questions::{
        AnswerInput, AnswerQuestion, DailyTip, DailyTipInput, FindDailyTip, QuestionAnswered,
    },
};
use writer::{DailyTipSubject, OverflowingSlides, Provider, QuestionInput, SlideEdit, StoryFrame};

use self::model_caller::ActivityModelCaller;
use crate::{
    activity_failpoints::FailpointPosition,
    activity_failure::{ActivityFailure, Result},
    activity_handler::{HandleActivity, handles},
    activity_run::{ActivityEnvironment, ActivityRun},
};
pub(crate) use page::connection_failure;
pub use page::{AddressPolicy, Fetcher, GuardedClient};

pub struct AiService {
    providers: BTreeMap<ProviderName, Arc<dyn Provider>>,
    fetcher: Fetcher,
    blobs: Blobs,
    conditions: ActivityEnvironment,
}

impl AiService {
    /// Source texts are stored in `blobs`.
    pub fn new(
        providers: impl IntoIterator<Item = Arc<dyn Provider>>,
        fetcher: Fetcher,
        blobs: Blobs,
        conditions: ActivityEnvironment,
    ) -> Self {
        let named = |provider: Arc<dyn Provider>| (provider.name(), provider);
        Self { providers: providers.into_iter().map(named).collect(), fetcher, blobs, conditions }
    }
}

impl HandleActivity<AnalyzeTopic> for AiService {
    async fn handle(&self, run: ActivityRun, input: AnalyzeInput) -> Result<TopicAnalyzed> {
        let provider = self.provider(&input.provider, &run)?;
        let (brief, text) = self.brief(&input.brief).await?;
        let (analysis, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.analyze(caller, &brief, text.as_ref()).await
            })
            .await?;
        Ok(TopicAnalyzed { analysis, calls })
    }
}

impl HandleActivity<WriteSlides> for AiService {
    async fn handle(&self, run: ActivityRun, input: WriteInput) -> Result<SlidesWritten> {
        let provider = self.provider(&input.provider, &run)?;
        let (brief, text) = self.brief(&input.brief).await?;
        let mut analysis = input.analysis;
        let other = StoryFrame::parse(&analysis.frame).filter(|_| input.again);
        let other = other.map(|frame| frame.next().name().to_owned());
        if let Some(frame) = &other {
            analysis.frame.clone_from(frame);
        }
        let (draft, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.write(caller, &brief, text.as_ref(), &analysis).await
            })
            .await?;
        Ok(SlidesWritten {
            draft: DraftRecord::from(&draft),
            frame: other.unwrap_or_default(),
            calls,
        })
    }
}

impl HandleActivity<ShortenSlides> for AiService {
    async fn handle(&self, run: ActivityRun, input: ShortenInput) -> Result<SlidesShortened> {
        let provider = self.provider(&input.provider, &run)?;
        if input.slides.is_empty() || input.slides.len() != input.overflows.len() {
            return Err(ActivityFailure::Input(
                "each slide needs one overflow measurement".to_owned(),
            ));
        }
        let tight = OverflowingSlides {
            language: language(&input.language)?,
            slides: slides(&input.slides)?,
            overflows: input.overflows,
        };
        let (slides, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.shorten(caller, &tight).await
            })
            .await?;
        Ok(SlidesShortened { slides: slides.iter().map(SlideRecord::from).collect(), calls })
    }
}

impl HandleActivity<RewriteSlide> for AiService {
    async fn handle(&self, run: ActivityRun, input: RewriteInput) -> Result<SlideRewritten> {
        let provider = self.provider(&input.provider, &run)?;
        let number = usize::try_from(input.slide).unwrap_or(0);
        let wish = SlideEdit {
            brief: Brief::try_from(&input.brief)
                .map_err(|e| ActivityFailure::Input(e.to_string()))?,
            slides: slides(&input.slides)?,
            index: number
                .checked_sub(1)
                .filter(|at| *at < input.slides.len())
                .ok_or_else(|| ActivityFailure::Input(format!("there is no slide {number}")))?,
            instruction: bounded_text("instruction", &input.instruction, INSTRUCTION_CHARS)?,
        };
        let (slide, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.rewrite(caller, &wish).await
            })
            .await?;
        Ok(SlideRewritten { slide: SlideRecord::from(&slide), calls })
    }
}

impl HandleActivity<AnswerQuestion> for AiService {
    async fn handle(&self, run: ActivityRun, input: AnswerInput) -> Result<QuestionAnswered> {
        let provider = self.provider(&input.provider, &run)?;
        let question = QuestionInput {
            words: bounded_text("question", &input.question, QUESTION_CHARS)?,
            language: language(&input.language)?,
        };
        let (answer, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.answer(caller, &question).await
            })
            .await?;
        let covered = !answer.citations.is_empty();
        let silence = match question.language {
            Language::Ru => "Об этом в наших заметках ничего нет.",
            Language::En => "Our notes don’t say anything about that.",
        };
        Ok(QuestionAnswered {
            text: if covered { answer.text } else { silence.to_owned() },
            covered,
            citations: answer.citations,
            calls,
        })
    }
}

impl HandleActivity<FindDailyTip> for AiService {
    async fn handle(&self, run: ActivityRun, input: DailyTipInput) -> Result<DailyTip> {
        let provider = self.provider(&input.provider, &run)?;
        let day = DailyTipSubject {
            language: language(&input.language)?,
            user: input.user,
            day: input.day,
        };
        let (wisdom, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.daily_tip(caller, &day).await
            })
            .await?;
        Ok(DailyTip { text: wisdom.text, category: wisdom.category, source: wisdom.source, calls })
    }
}

impl HandleActivity<FetchPage> for AiService {
    async fn handle(&self, run: ActivityRun, input: FetchInput) -> Result<SourceMaterial> {
        let page = self.fetcher.page(&input.link).await?;
        let text = self.store(&page.text).await?;
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok(SourceMaterial {
            topic: page.topic.as_str().to_owned(),
            text,
            language: shown_language(page.text.as_str()),
            calls: Vec::new(),
        })
    }
}

impl HandleActivity<Transcribe> for AiService {
    async fn handle(&self, run: ActivityRun, input: TranscribeInput) -> Result<SourceMaterial> {
        let provider = self.provider(&input.provider, &run)?;
        let key =
            BlobKey::parse(&input.voice).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let bytes = self.blobs.get(&key).await?;
        if bytes.len() > VOICE_BYTES {
            return Err(ActivityFailure::Source("the recording is larger than 20 MB".to_owned()));
        }
        let recording = Recording { bytes: &bytes, file: key.as_str(), language: &input.language };
        let (said, calls) = self
            .with_model_caller(&input.provider, &run, input.allowance, async |caller| {
                provider.transcribe(caller, recording).await
            })
            .await?;
        let (topic, text) = self.split_transcript(&said).await?;
        Ok(SourceMaterial { topic, text, language: shown_language(&said), calls })
    }
}

impl AiService {
    /// Splits a transcript: a short one is a topic; of a longer one, the first sentence is the
    /// topic and the whole is the source text.
    async fn split_transcript(&self, words: &str) -> Result<(String, String)> {
        const NOTHING: &str = "nothing can be understood in this recording";
        let text = LongText::parse(&writer::shorten(words, domain::limits::TEXT_CHARS))
            .map_err(|_| ActivityFailure::Source(NOTHING.to_owned()))?;
        if text.as_str().chars().count() <= TOPIC_CHARS {
            let topic = Topic::parse(text.as_str());
            let topic = topic.map_err(|_| ActivityFailure::Source(NOTHING.to_owned()))?;
            return Ok((topic.as_str().to_owned(), String::new()));
        }
        let topic = document::headline_of(&text).as_str().to_owned();
        Ok((topic, self.store(&text).await?))
    }

    /// Runs `work` of a provider with a model caller. Returns its result and all model calls of this
    /// activity so far.
    async fn with_model_caller<T>(
        &self,
        provider: &str,
        run: &ActivityRun,
        allowance: Option<u64>,
        work: impl AsyncFnOnce(&ActivityModelCaller<'_>) -> Result<T, ModelError>,
    ) -> Result<(T, Vec<ModelCall>)> {
        let worked = work(&ActivityModelCaller::new(run, allowance)).await;
        let value = worked.map_err(|error| ActivityFailure::of_model(provider, run, error))?;
        run.pass_failpoint(FailpointPosition::After).await?;
        Ok((value, run.calls()))
    }

    fn provider(&self, name: &str, run: &ActivityRun) -> Result<&dyn Provider> {
        let provider = name.parse().ok().and_then(|name: ProviderName| self.providers.get(&name));
        provider.map(AsRef::as_ref).ok_or_else(|| {
            let known: Vec<&str> = self.providers.keys().map(|name| name.name()).collect();
            let reason = format!("this worker has no such provider, only {}", known.join(", "));
            let error = ModelError::unable(ModelProblem::NotConfigured, reason);
            ActivityFailure::of_model(name, run, error)
        })
    }

    /// The brief, and its source text if it has one.
    async fn brief(&self, brief: &BriefRecord) -> Result<(Brief, Option<LongText>)> {
        let brief = Brief::try_from(brief).map_err(|e| ActivityFailure::Input(e.to_string()))?;
        let text = match &brief.text {
            Some(key) => Some(self.read_text(key).await?),
            None => None,
        };
        Ok((brief, text))
    }

    async fn read_text(&self, key: &BlobKey) -> Result<LongText> {
        let bytes = self.blobs.get(key).await?;
        let text = String::from_utf8_lossy(&bytes);
        LongText::parse(&text).map_err(|e| ActivityFailure::Input(e.to_string()))
    }

    async fn store(&self, text: &LongText) -> Result<String> {
        Ok(self.blobs.put(text.as_str().to_owned(), "txt").await?.key)
    }
}

/// The name of the language that a text is written in; empty if it shows none.
fn shown_language(text: &str) -> String {
    document::shown_language(text).map_or_else(String::new, |language| language.name().to_owned())
}

fn language<T: std::str::FromStr<Err = domain::UnknownName>>(name: &str) -> Result<T> {
    name.parse().map_err(|e: domain::UnknownName| ActivityFailure::Input(e.to_string()))
}

fn slides(records: &[SlideRecord]) -> Result<Vec<Slide>> {
    let slide = |(at, record)| {
        Slide::try_from(record)
            .map_err(|e| ActivityFailure::Input(format!("slide {}: {e}", at + 1)))
    };
    records.iter().enumerate().map(slide).collect()
}

/// A user's text, cleaned; neither empty nor longer than `max`.
fn bounded_text(what: &str, words: &str, max: usize) -> Result<String> {
    let clean = LongText::parse(words)
        .map_err(|_| ActivityFailure::Input(format!("the {what} is empty")))?;
    let chars = clean.as_str().chars().count();
    if chars > max {
        return Err(ActivityFailure::Input(format!(
            "the {what} has {chars} characters, at most {max} are allowed"
        )));
    }
    Ok(clean.as_str().to_owned())
}

handles!(AiService: AnalyzeTopic, WriteSlides, ShortenSlides, RewriteSlide, AnswerQuestion, FindDailyTip, FetchPage, Transcribe);
