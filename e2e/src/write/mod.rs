//! `write`: writes 60 fixed inputs with each writer, checks the drafts, draws them side by side, and
//! records the result in `docs/writing.md`.
//!
//! The checks find what code can find. Whether a carousel is worth posting, a person decides who
//! looks at the page.

mod checks;
mod configured_model;
mod inputs;
mod page;
mod scripted_model;

use std::path::PathBuf;

use clap::Args;
use domain::{Brief, Draft, Format, ImageKind, LongText, SlideCount, ThemeId, Topic};
use knowledge::Corpus;
use writer::offline;

use self::{
    checks::DraftFault,
    configured_model::ConfiguredModel,
    inputs::{HarnessInput, INPUTS, InputFormat},
};
use crate::cli::{note, print};

#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    /// The folder for the page with all slides.
    #[arg(long, value_name = "DIR", default_value = "target/writing")]
    out: PathBuf,
    /// The file for the table of results.
    #[arg(long, value_name = "FILE", default_value = "docs/writing.md")]
    report: PathBuf,
    /// Also writes so many of the inputs with the model of the settings (`OPENAI_BASE_URL`, …). A
    /// model on this machine needs minutes for each.
    #[arg(
        long,
        default_value_t = 0,
        value_name = "COUNT",
        value_parser = clap::value_parser!(u16).range(..=60)
    )]
    model: u16,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HarnessWriter {
    Offline,
    /// A model that answers each request with sentences of our notes: it tests the way from a
    /// reply to a draft, not the quality of a model.
    Scripted,
    /// The model of the settings.
    Configured,
}

impl HarnessWriter {
    const ALL: [Self; 3] = [Self::Offline, Self::Scripted, Self::Configured];

    const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Scripted => "scripted model",
            Self::Configured => "configured model",
        }
    }
}

/// What a writer made of an input.
struct WriteResult {
    writer: HarnessWriter,
    input: &'static HarnessInput,
    outcome: WriteOutcome,
}

enum WriteOutcome {
    Written {
        draft: Box<Draft>,
        faults: Vec<DraftFault>,
    },
    /// The notes do not cover the topic; the user is notified before anything is drawn.
    Refused(String),
    Failed(String),
}

impl WriteResult {
    /// Whether no check complains; a topic without notes must be refused without a model.
    fn is_good(&self) -> bool {
        let uncovered = self.input.format == InputFormat::UncoveredTopic;
        match &self.outcome {
            WriteOutcome::Written { faults, .. } => {
                let must_refuse = uncovered && self.writer == HarnessWriter::Offline;
                faults.is_empty() && !must_refuse
            }
            WriteOutcome::Refused(_) => uncovered,
            WriteOutcome::Failed(_) => false,
        }
    }
}

/// Whether every check of every draft succeeded.
pub(crate) async fn run(args: WriteArgs) -> anyhow::Result<bool> {
    let mut results = Vec::new();
    for writer in [HarnessWriter::Offline, HarnessWriter::Scripted] {
        for input in &INPUTS {
            results.push(written(writer, input, None).await?);
        }
    }
    if args.model > 0 {
        let model = ConfiguredModel::connect()?;
        note(format!("{} writes {} of the inputs", model.name(), args.model));
        // From all formats and both languages.
        let step = INPUTS.len() / usize::from(args.model);
        for input in INPUTS.iter().step_by(step).take(args.model.into()) {
            let result = written(HarnessWriter::Configured, input, Some(&model)).await?;
            note(page::line(&result));
            results.push(result);
        }
    }
    page::write_report(&results, &args.report)?;
    let pictures = page::draw(&results, &args.out)?;
    for result in results.iter().filter(|result| !result.is_good()) {
        print(page::line(result));
    }
    print(format!("{pictures} slides: {}", args.out.join("index.html").display()));
    Ok(results.iter().all(WriteResult::is_good))
}

/// `model` writes for [`HarnessWriter::Configured`].
async fn written(
    writer: HarnessWriter,
    input: &'static HarnessInput,
    model: Option<&ConfiguredModel>,
) -> anyhow::Result<WriteResult> {
    let (brief, text) = brief(input)?;
    let draft = match (writer, model) {
        (HarnessWriter::Offline, _) => {
            let corpus = Corpus::embedded();
            match offline::analyse(corpus, &brief, text.as_ref()) {
                Err(refusal) => {
                    let outcome = WriteOutcome::Refused(refusal.to_string());
                    return Ok(WriteResult { writer, input, outcome });
                }
                Ok(analysis) => offline::write(corpus, &brief, text.as_ref(), &analysis)
                    .map_err(|error| error.to_string()),
            }
        }
        (HarnessWriter::Configured, Some(model)) => model.write(brief, text).await,
        (HarnessWriter::Scripted | HarnessWriter::Configured, _) => {
            scripted_model::write(brief, text).await
        }
    };
    let outcome = match draft {
        Ok(draft) => {
            let mut faults = checks::faults(input, &draft);
            if writer == HarnessWriter::Scripted {
                // Its sentences are about something else.
                faults.retain(|fault| {
                    !matches!(fault, DraftFault::OffTopic | DraftFault::Invented(_))
                });
            }
            WriteOutcome::Written { draft: Box::new(draft), faults }
        }
        Err(reason) => WriteOutcome::Failed(reason),
    };
    Ok(WriteResult { writer, input, outcome })
}

fn brief(input: &HarnessInput) -> anyhow::Result<(Brief, Option<LongText>)> {
    let text = if input.format.is_topic() { None } else { Some(LongText::parse(input.text)?) };
    let topic = match &text {
        Some(text) => document::headline_of(text),
        None => Topic::parse(input.text)?,
    };
    let brief = Brief {
        topic,
        text: None,
        link: None,
        voice: None,
        titled: false,
        language_from_source: false,
        language: input.language.into(),
        slides: SlideCount::default(),
        theme: ThemeId::default(),
        format: Format::Portrait,
        image: ImageKind::Jpeg,
        questions: false,
    };
    Ok((brief, text))
}
