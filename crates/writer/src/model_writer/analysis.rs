//! Analyzes a topic with a model: prompt, schema, checks.

use domain::{Brief, ContentLanguage, LongText, record::AnalysisRecord};
use llm::{
    language_model::CallPurpose,
    model_error::ModelError,
    reply_schema::{FieldSchema, Schema},
};

use super::{
    ReplyErrors, Writer, WritingTask, addresses, prompt_material::PromptMaterial, slide_plan,
    text_cleanup, write_deck,
};
use crate::{
    model_caller::ModelCaller,
    prompt::{self, PlaceholderValue, number, trusted},
    reply::{self, AnalysisReply},
    story_frame::StoryFrame,
    text_limits,
};

impl Writer {
    pub(super) async fn analyze_topic(
        &self,
        caller: &dyn ModelCaller,
        brief: &Brief,
        text: Option<&LongText>,
    ) -> Result<AnalysisRecord, ModelError> {
        let grounds = PromptMaterial::of(brief, text);
        let asked_for = StoryFrame::asked_for(brief.topic.as_str());
        let filled = prompt::ANALYZE_TOPIC.fill(&[
            ("slides", number(brief.slides.get().into())),
            ("language", trusted(brief.language.english_name())),
            ("topic", PlaceholderValue::Fenced("topic", brief.topic.as_str())),
            ("source", grounds.text()),
            ("notes", grounds.notes()),
            ("frame", frame_wanted(asked_for)),
            ("quotes", quotes_wanted(&grounds)),
        ]);
        let given = write_deck::given(brief, text, &grounds, &[]);
        let judge = |reply: &str| {
            let record = check_analysis(reply, &grounds, asked_for)?;
            checked(record, brief.language, &given)
        };
        let task = WritingTask {
            purpose: CallPurpose::Analysis,
            prompt: prompt::ANALYZE_TOPIC,
            filled,
            schema: schema(&grounds, asked_for),
            language: brief.language,
            check: &judge,
        };
        self.do_task(caller, task).await
    }
}

fn frame_wanted(asked_for: Option<StoryFrame>) -> PlaceholderValue<'static> {
    match asked_for {
        // The topic's wording has selected the frame.
        Some(_) => trusted(""),
        None => {
            let all: Vec<String> = StoryFrame::ALL
                .iter()
                .map(|frame| format!("{} ({})", frame.name(), slide_plan::described(*frame)))
                .collect();
            trusted(format!("the frame that suits the story best, one of: {};", all.join(", ")))
        }
    }
}

fn quotes_wanted(grounds: &PromptMaterial) -> PlaceholderValue<'static> {
    trusted(if grounds.has_source() {
        "Quotes are sentences of the source that are worth repeating, word for word, at most two."
    } else {
        ""
    })
}

fn schema(grounds: &PromptMaterial, asked_for: Option<StoryFrame>) -> Schema {
    use text_limits::{ANGLE, KEYWORD, QUOTE, SHORT_TEXT, TITLE};
    let mut fields = vec![
        ("title", FieldSchema::Text(TITLE, "a working title")),
        ("audience", FieldSchema::Text(SHORT_TEXT, "who it is for")),
        ("angle", FieldSchema::Text(ANGLE, "the one thing it says")),
    ];
    if asked_for.is_none() {
        let names = StoryFrame::ALL.iter().map(|frame| frame.name().to_owned());
        fields.push(("frame", FieldSchema::OneOf(names.collect())));
    }
    fields.extend([
        ("principles", FieldSchema::Texts((3, 5), SHORT_TEXT, "rules to hold on to")),
        ("concepts", FieldSchema::Texts((1, 4), KEYWORD, "terms that need a meaning")),
        ("keywords", FieldSchema::Texts((3, 6), KEYWORD, "words to be found by")),
        ("risks", FieldSchema::Texts((1, 2), SHORT_TEXT, "what could be misunderstood")),
    ]);
    if grounds.has_source() {
        fields.push(("quotes", FieldSchema::Texts((0, 2), QUOTE, "sentences of the source")));
    }
    Schema::new("analysis", fields)
}

fn check_analysis(
    reply: &str,
    grounds: &PromptMaterial,
    asked_for: Option<StoryFrame>,
) -> Result<AnalysisRecord, ReplyErrors> {
    let raw: AnalysisReply = reply::read(reply).map_err(|e| ReplyErrors::of(e.to_string()))?;
    let listed = |texts: &[String], max: usize, most: usize| -> Vec<String> {
        let tidied = texts.iter().map(|text| text_cleanup::plain(&text_cleanup::tidy(text, max)));
        tidied.filter(|text| !text.is_empty()).take(most).collect()
    };
    let one = |text: &str, max: usize| text_cleanup::plain(&text_cleanup::headline(text, max));
    let quotes = listed(&raw.quotes, text_limits::QUOTE, 2);
    Ok(AnalysisRecord {
        title: one(&raw.title, text_limits::TITLE),
        audience: one(&raw.audience, text_limits::SHORT_TEXT),
        angle: text_cleanup::plain(&text_cleanup::tidy(&raw.angle, text_limits::ANGLE)),
        frame: asked_for
            .or_else(|| StoryFrame::parse(raw.frame.trim()))
            .unwrap_or(StoryFrame::Principles)
            .name()
            .to_owned(),
        principles: listed(&raw.principles, text_limits::SHORT_TEXT, 5),
        // Only verbatim quotes: a model's memory is not a source.
        quotes: quotes
            .into_iter()
            .filter(|quote| grounds.source_says(quote))
            .chain(
                grounds.quotes().into_iter().map(|(text, author, _)| format!("{text} ({author})")),
            )
            .collect(),
        concepts: listed(&raw.concepts, text_limits::KEYWORD, 4),
        keywords: listed(&raw.keywords, text_limits::KEYWORD, 6),
        risks: listed(&raw.risks, text_limits::SHORT_TEXT, 2),
        notes: grounds.ids(),
    })
}

fn checked(
    record: AnalysisRecord,
    language: ContentLanguage,
    given: &str,
) -> Result<AnalysisRecord, ReplyErrors> {
    let mut faults = ReplyErrors::default();
    let single = [
        ("title", &record.title, text_limits::TITLE),
        ("audience", &record.audience, text_limits::SHORT_TEXT),
        ("angle", &record.angle, text_limits::ANGLE),
    ];
    for (name, text, max) in single {
        let chars = text.chars().count();
        if !(1..=max).contains(&chars) {
            faults.add(format!("{name} has {chars} characters, 1 to {max} are allowed"));
        }
    }
    if record.principles.is_empty() {
        faults.add("principles is empty");
    }
    let said = [&record.title, &record.audience, &record.angle];
    let all: Vec<&String> =
        said.into_iter().chain(&record.principles).chain(&record.risks).collect();
    for text in &all {
        if let Some(mark) = text_cleanup::leftover(text) {
            faults.add(format!("“{mark}” does not belong into the text"));
        }
    }
    // The slides are written from the analysis.
    let terms = record.concepts.iter().chain(&record.keywords);
    let texts = all.iter().copied().chain(terms);
    if texts.into_iter().any(|text| addresses::first_foreign(text, given).is_some()) {
        faults.add(addresses::FOREIGN_ADDRESS);
    }
    let all = all.into_iter().map(String::as_str).collect::<Vec<_>>().join(". ");
    if !text_cleanup::is_in_language(&all, language) {
        faults.add_wrong_language("it", language);
    }
    faults.unless_any(record)
}
