//! The ai pool: a topic is looked at and written up, by the provider that the workflow names.
#![expect(
    missing_docs,
    reason = "the constants that the macro makes carry no docs"
)]

mod meters;
pub mod offline;
mod provider;

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    BlobKey, Brief, LongText,
    record::{BriefRecord, DraftRecord},
};
use storage::Blobs;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{self, AnalyzeInput, Analyzed, ModelCall, WriteInput, Written};

use crate::{
    attempt::{Attempt, Conditions, millis},
    error::Error,
    fault::Moment,
};
pub use meters::Meters;
pub use provider::{Answer, Provider, Subject, Usage};

/// The activities of the ai pool.
pub struct Ai {
    providers: BTreeMap<String, Arc<dyn Provider>>,
    blobs: Blobs,
    conditions: Conditions,
    meters: Meters,
}

/// What a model is called for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Analysis,
    Slides,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Slides => "slides",
        }
    }
}

impl Ai {
    /// The pool with these providers; source texts are read from `blobs`.
    pub fn new(
        providers: impl IntoIterator<Item = Arc<dyn Provider>>,
        blobs: Blobs,
        conditions: Conditions,
        meters: Meters,
    ) -> Self {
        let named = |provider: Arc<dyn Provider>| (provider.name().to_owned(), provider);
        Self {
            providers: providers.into_iter().map(named).collect(),
            blobs,
            conditions,
            meters,
        }
    }

    async fn analyze(&self, attempt: Attempt, input: AnalyzeInput) -> Result<Analyzed, Error> {
        let provider = self.provider(&input.provider)?;
        let subject = self.subject(&input.brief).await?;
        let (analysis, call) = self
            .call(
                &attempt,
                provider,
                Purpose::Analysis,
                provider.analyze(&subject),
            )
            .await?;
        Ok(Analyzed {
            analysis,
            calls: vec![call],
        })
    }

    async fn write(&self, attempt: Attempt, input: WriteInput) -> Result<Written, Error> {
        let provider = self.provider(&input.provider)?;
        let subject = self.subject(&input.brief).await?;
        let writing = provider.write(&subject, &input.analysis);
        let (draft, call) = self
            .call(&attempt, provider, Purpose::Slides, writing)
            .await?;
        Ok(Written {
            draft: DraftRecord::from(&draft),
            calls: vec![call],
        })
    }

    /// Awaits an answer, and says what the call was.
    async fn call<T>(
        &self,
        attempt: &Attempt,
        provider: &dyn Provider,
        purpose: Purpose,
        answering: impl Future<Output = Result<Answer<T>, Error>>,
    ) -> Result<(T, ModelCall), Error> {
        let asked = attempt.now();
        let answer = answering.await;
        let answered = attempt.now();
        let took = answered.duration_since(asked).unwrap_or_default();
        self.meters
            .called(provider.name(), purpose.name(), answer.is_ok(), took);
        let Answer { value, usage } = answer?;
        attempt.at(Moment::After).await?;
        let call = ModelCall {
            purpose: purpose.name().to_owned(),
            provider: provider.name().to_owned(),
            model: usage.model,
            started_at: millis(asked),
            finished_at: millis(answered),
            tokens_in: usage.tokens_in,
            tokens_out: usage.tokens_out,
        };
        Ok((value, call))
    }

    fn provider(&self, name: &str) -> Result<&dyn Provider, Error> {
        self.providers.get(name).map(AsRef::as_ref).ok_or_else(|| {
            let known: Vec<&str> = self.providers.keys().map(String::as_str).collect();
            Error::Provider(format!(
                "this worker has no provider “{name}”, only {}",
                known.join(", ")
            ))
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
            .attempt(&ctx, |attempt| self.analyze(attempt, input))
            .await
    }

    #[activity(definition = contract::ai::WriteSlides)]
    pub async fn write_slides(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: WriteInput,
    ) -> Result<Written, ActivityError> {
        self.conditions
            .attempt(&ctx, |attempt| self.write(attempt, input))
            .await
    }
}
