//! Writes a carousel with a model: slides, caption, hashtags; prompt, schema, checks.

use domain::{
    Brief, Caption, ContentLanguage, CoverKind, Draft, Hashtags, LongText, Slide, SlideKind,
    record::{AnalysisRecord, SlideRecord},
};
use knowledge::{Corpus, KnowledgeNote};
use llm::{
    language_model::CallPurpose,
    model_error::ModelError,
    reply_schema::{FieldSchema, Schema},
};

use super::{
    ReplyErrors, Writer, WritingTask, addresses,
    prompt_material::PromptMaterial,
    slide_fields, slide_plan,
    slide_plan::{Inserts, PlannedSlide},
    source_inserts::SourceInserts,
    text_cleanup,
};
use crate::{
    cover::{CoverContext, CoverProposal},
    model_caller::ModelCaller,
    offline,
    prompt::{self, PlaceholderValue, trusted},
    reply::{self, CaptionReply, DeckReply, SlideReply},
    story_frame::StoryFrame,
    text_limits,
};

/// What a reply is checked against.
struct DeckCheck<'a> {
    parts: &'a [PlannedSlide],
    language: ContentLanguage,
    topic: &'a str,
    notes: Vec<String>,
    inserts: SourceInserts,
    /// The model's input: addresses in it are allowed.
    given: String,
}

impl Writer {
    pub(super) async fn write_slides(
        &self,
        caller: &dyn ModelCaller,
        brief: &Brief,
        text: Option<&LongText>,
        analysis: &AnalysisRecord,
    ) -> Result<Draft, ModelError> {
        let grounds = PromptMaterial::with_notes(brief, text, &analysis.notes);
        let frame = StoryFrame::parse(&analysis.frame).unwrap_or(StoryFrame::Principles);
        let inserts = SourceInserts::of(brief, text, &grounds);
        let versus = StoryFrame::names_two_things(brief.topic.as_str());
        let plan = Inserts { versus, ..inserts.plan() };
        let parts = slide_plan::parts(frame, brief.slides.get().into(), plan);
        let planned = planned(analysis);
        let filled = prompt::WRITE_SLIDES.fill(&[
            ("slides", prompt::number(parts.len())),
            ("language", trusted(brief.language.english_name())),
            ("frame", trusted(slide_plan::described(frame))),
            ("topic", PlaceholderValue::Fenced("topic", brief.topic.as_str())),
            ("source", grounds.text()),
            ("notes", grounds.notes()),
            ("plan", PlaceholderValue::Fenced("plan", &planned)),
            ("outline", trusted(outline(&parts))),
            (
                "hashtags",
                trusted(format!("{} to {}", text_limits::HASHTAGS.0, text_limits::HASHTAGS.1)),
            ),
        ]);
        let measure = DeckCheck {
            parts: &parts,
            language: brief.language,
            topic: brief.topic.as_str(),
            notes: grounds.ids(),
            given: given(brief, text, &grounds, &inserts.texts()),
            inserts,
        };
        let judge = |reply: &str| measure.check(reply);
        let task = WritingTask {
            purpose: CallPurpose::Slides,
            prompt: prompt::WRITE_SLIDES,
            filled,
            schema: measure.schema(),
            language: brief.language,
            check: &judge,
        };
        self.do_task(caller, task).await
    }
}

/// Everything that the model gets about a brief.
pub(super) fn given(
    brief: &Brief,
    text: Option<&LongText>,
    grounds: &PromptMaterial,
    inserted: &[&str],
) -> String {
    let mut all = vec![brief.topic.as_str()];
    all.extend(brief.link.as_ref().map(domain::Link::as_str));
    all.extend(text.map(LongText::as_str));
    for passage in &grounds.passages {
        all.extend([passage.title.as_str(), passage.text.as_str()]);
    }
    all.extend(inserted);
    all.join("\n")
}

/// The analysis as input for the slides.
fn planned(analysis: &AnalysisRecord) -> String {
    let mut lines =
        vec![format!("For: {}", analysis.audience), format!("It says: {}", analysis.angle)];
    for (name, texts) in [
        ("Rules", &analysis.principles),
        ("Terms", &analysis.concepts),
        ("Sentences of the source", &analysis.quotes),
        ("Careful with", &analysis.risks),
    ] {
        if !texts.is_empty() {
            lines.push(format!("{name}: {}", texts.join("; ")));
        }
    }
    lines.join("\n")
}

/// The slides to write, one per line, without the ones that we insert ourselves.
fn outline(parts: &[PlannedSlide]) -> String {
    let lines = parts.iter().enumerate().filter(|(_, part)| is_asked(part.kind));
    let line = |(at, part): (usize, &PlannedSlide)| {
        let proposals = match part.kind {
            SlideKind::Title => "; and two more proposals, \"second\" and \"third\"",
            _ => "",
        };
        let limits = slide_fields::field_limits(part.kind);
        format!("- {}: {}. {limits}{proposals}", key(at), part.role)
    };
    lines.map(line).collect::<Vec<_>>().join("\n")
}

fn is_asked(kind: SlideKind) -> bool {
    !slide_fields::fields(kind).is_empty()
}

fn key(at: usize) -> String {
    format!("slide_{}", at + 1)
}

impl DeckCheck<'_> {
    fn schema(&self) -> Schema {
        use text_limits::{CAPTION, CAPTION_CALL, HASHTAG, HASHTAGS, HOOK};
        let asked = self.parts.iter().enumerate().filter(|(_, part)| is_asked(part.kind));
        let shape = |kind| match kind {
            SlideKind::Title => slide_fields::cover_shape(&self.notes),
            kind => slide_fields::shape(kind, &self.notes),
        };
        let slides = asked.map(|(at, part)| (key(at), shape(part.kind)));
        let text = |key: &str, max, about| (key.to_owned(), FieldSchema::Text(max, about));
        let caption = FieldSchema::Object(vec![
            text("hook", HOOK, "the first line"),
            text("body", CAPTION, "a few short sentences"),
            text("call_to_action", CAPTION_CALL, "what to do next"),
        ]);
        let hashtags = FieldSchema::Texts(HASHTAGS, HASHTAG, "hashtags without #");
        let rest = [("caption".to_owned(), caption), ("hashtags".to_owned(), hashtags)];
        Schema::new("carousel", slides.chain(rest))
    }

    fn check(&self, reply: &str) -> Result<Draft, ReplyErrors> {
        let raw: DeckReply = reply::read(reply).map_err(|e| ReplyErrors::of(e.to_string()))?;
        let mut faults = ReplyErrors::default();
        let mut records: Vec<SlideRecord> =
            self.parts.iter().enumerate().map(|(at, part)| self.record(at, part, &raw)).collect();
        self.choose_cover(&mut records, &raw);
        let slides: Vec<Slide> = records
            .iter()
            .zip(self.parts)
            .enumerate()
            .filter_map(|(at, (record, part))| {
                slide_fields::checked(
                    &key(at),
                    part.kind,
                    record,
                    self.language,
                    &self.given,
                    &mut faults,
                )
            })
            .collect();
        repetitions(&records, &mut faults);
        let told: Vec<&str> = records.iter().flat_map(slide_fields::all_texts).collect();
        if !text_cleanup::is_in_language(&told.join(". "), self.language) {
            faults.add_wrong_language("the carousel", self.language);
        }
        let caption = self.caption(&raw.caption, &records, &mut faults);
        let hashtags = hashtags(&raw.hashtags, &mut faults);
        let made = match (caption, hashtags) {
            (Some(caption), Some(hashtags)) if slides.len() == self.parts.len() => {
                Draft::new(self.with_accent(slides, &records), caption, hashtags)
                    .map_err(|e| ReplyErrors::of(e.to_string()))
            }
            _ => Err(ReplyErrors::of("something is missing")),
        };
        faults.unless_any(())?;
        made
    }

    fn record(&self, at: usize, part: &PlannedSlide, raw: &DeckReply) -> SlideRecord {
        if let Some(inserted) = self.inserts.record(part.kind) {
            return inserted.clone();
        }
        let missing = SlideReply::default();
        let number = u8::try_from(at + 1).unwrap_or(u8::MAX);
        let raw = raw.slides.get(&number).unwrap_or(&missing);
        let record = slide_fields::record(part.kind, raw, &self.notes);
        SlideRecord { title: text_cleanup::unlabelled(&record.title, part.role), ..record }
    }

    /// Replaces the title slide by the best proposal that can be used; if none can, the first one
    /// stays and its faults are reported.
    fn choose_cover(&self, records: &mut [SlideRecord], raw: &DeckReply) {
        let (Some((first, others)), Some(reply)) = (records.split_first_mut(), raw.slides.get(&1))
        else {
            return;
        };
        let more = [&reply.second, &reply.third].into_iter().flatten();
        let more = more.map(|more| (more.title.as_str(), more.subtitle.as_str(), &more.cover));
        let own = (reply.title.as_str(), reply.body.as_str(), &reply.cover);
        let proposals = [own].into_iter().chain(more).filter_map(|(title, subtitle, cover)| {
            let raw =
                SlideReply { title: title.into(), body: subtitle.into(), ..SlideReply::default() };
            let record = slide_fields::record(SlideKind::Title, &raw, &self.notes);
            let said = |other: &SlideRecord| {
                let texts = slide_fields::all_texts(other);
                texts.iter().any(|text| text_cleanup::same(text, &record.title))
            };
            let repeats = others.iter().any(said);
            let mut faults = ReplyErrors::default();
            let (kind, language) = (SlideKind::Title, self.language);
            slide_fields::checked("", kind, &record, language, &self.given, &mut faults)?;
            (!repeats).then(|| CoverProposal {
                kind: cover_kind(cover, &record.title),
                headline: record.title,
                subtitle: record.body,
            })
        });
        let proposals = proposals.collect();
        let deck: Vec<&str> = others.iter().flat_map(slide_fields::all_texts).collect();
        let context = CoverContext { topic: self.topic, deck: &deck };
        if let Some(best) = context.best(proposals) {
            let record = context.record(&best);
            *first = SlideRecord { emoji: first.emoji.clone(), note: first.note.clone(), ..record };
        }
    }

    /// The slides with one word of the title in the accent colour.
    fn with_accent(&self, mut slides: Vec<Slide>, records: &[SlideRecord]) -> Vec<Slide> {
        let deck: Vec<&str> = records.iter().skip(1).flat_map(slide_fields::all_texts).collect();
        let context = CoverContext { topic: self.topic, deck: &deck };
        if let (Some(slide), Some(record)) = (slides.first_mut(), records.first())
            && let Ok(accented) = Slide::try_from(&context.accented(record.clone()))
        {
            *slide = accented;
        }
        slides
    }

    /// The caption, followed by the notes that the slides name.
    fn caption(
        &self,
        raw: &CaptionReply,
        slides: &[SlideRecord],
        faults: &mut ReplyErrors,
    ) -> Option<Caption> {
        use text_limits::{CAPTION, CAPTION_CALL, HOOK};
        let before = faults.count();
        let parts = [
            ("hook", &raw.hook, HOOK),
            ("body", &raw.body, CAPTION),
            ("call_to_action", &raw.call_to_action, CAPTION_CALL),
        ];
        let mut said = Vec::new();
        for (name, text, max) in parts {
            let text = text_cleanup::plain(&text_cleanup::tidy(&untagged(text), max));
            let chars = text.chars().count();
            if !(1..=max).contains(&chars) {
                faults
                    .add(format!("caption: {name} has {chars} characters, 1 to {max} are allowed"));
            }
            if let Some(mark) = text_cleanup::leftover(&text) {
                faults.add(format!("caption: “{mark}” does not belong there"));
            }
            if addresses::first_foreign(&text, &self.given).is_some() {
                faults.add(format!("caption: {}", addresses::FOREIGN_ADDRESS));
            }
            said.push(addresses::unlinked(&text));
        }
        if text_cleanup::same(&said[0], &said[1]) {
            faults.add("caption: the body says what the hook says");
        }
        if !text_cleanup::is_in_language(&said.join(". "), self.language) {
            faults.add_wrong_language("the caption", self.language);
        }
        if faults.count() > before {
            return None;
        }
        said.extend(further_reading(slides, self.language));
        let caption = Caption::parse(&said.join("\n\n"));
        caption.map_err(|e| faults.add(e.to_string())).ok()
    }
}

/// The kind of cover that a model named, if the title fits it.
fn cover_kind(named: &str, title: &str) -> CoverKind {
    let begins_with_number =
        title.starts_with(|c: char| c.is_ascii_digit() || "-+–~$€₽#".contains(c));
    match named.parse().unwrap_or_default() {
        _ if title.ends_with('?') => CoverKind::Question,
        CoverKind::Number if !begins_with_number => CoverKind::Statement,
        CoverKind::Question => CoverKind::Statement,
        kind => kind,
    }
}

/// Removes hashtags at the end of a text: they have a field of their own.
fn untagged(text: &str) -> String {
    let mut kept: Vec<&str> = text.split_whitespace().collect();
    while kept.last().is_some_and(|word| word.starts_with('#')) {
        kept.pop();
    }
    kept.join(" ")
}

/// Further reading: what the notes rest on that the slides are based on. A reader of the post knows
/// none of our notes. Only in the languages of the notes.
fn further_reading(slides: &[SlideRecord], language: ContentLanguage) -> Option<String> {
    let language = language.offline()?;
    let mut notes: Vec<&KnowledgeNote> = Vec::new();
    for note in slides.iter().filter_map(|slide| Corpus::embedded().get(&slide.note)) {
        if notes.iter().all(|known| known.id != note.id) {
            notes.push(note);
        }
    }
    Some(offline::read_on(language, &notes)).filter(|line| !line.is_empty())
}

fn hashtags(raw: &[String], faults: &mut ReplyErrors) -> Option<Hashtags> {
    let mut good: Vec<String> = Vec::new();
    for tag in raw {
        // "clean code" becomes one hashtag.
        let joined: String = tag.split([' ', '-']).collect();
        let known = good.iter().any(|t| t.to_lowercase() == joined.to_lowercase());
        let fits = joined.chars().count() <= text_limits::HASHTAG
            && domain::Hashtag::parse(&joined).is_ok();
        if fits && !known && good.len() < text_limits::HASHTAGS.1 {
            good.push(joined);
        }
    }
    if good.len() < 2 {
        faults.add("hashtags: at least 2 different single words of letters and digits are needed");
        return None;
    }
    Hashtags::parse(&good).map_err(|e| faults.add(e.to_string())).ok()
}

/// Finds slides that repeat another one, with the same headline or a different one.
fn repetitions(records: &[SlideRecord], faults: &mut ReplyErrors) {
    let told: Vec<(&str, String)> = records
        .iter()
        .map(|record| {
            let all = slide_fields::all_texts(record).into_iter();
            let rest: Vec<&str> = all.filter(|text| *text != record.title).collect();
            (record.title.as_str(), rest.join(" "))
        })
        .collect();
    for (at, (title, rest)) in told.iter().enumerate() {
        for (earlier, (other_title, other)) in told[..at].iter().enumerate() {
            if text_cleanup::same(title, other_title) || text_cleanup::same(rest, other) {
                faults.add(format!(
                    "{} says what {} says: it needs a point of its own",
                    key(at),
                    key(earlier)
                ));
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slide(title: &str, body: &str) -> SlideRecord {
        SlideRecord { title: title.to_owned(), body: body.to_owned(), ..SlideRecord::default() }
    }

    #[test]
    fn repeated_slides_are_reported() {
        let told = [
            slide("Why it is worth it", "A review is a conversation"),
            slide("How it begins", "A review is a conversation"),
            slide("How it begins!", "Ask before you judge"),
            slide("", "Somebody's own words"),
            slide("", "Somebody else's"),
        ];
        let mut faults = ReplyErrors::default();
        repetitions(&told, &mut faults);
        let told = faults.to_string();
        assert!(told.contains("slide_2 says what slide_1 says"), "{told}");
        assert!(told.contains("slide_3 says what slide_2 says"), "{told}");
        assert_eq!(faults.count(), 2, "{told}");
    }
}
