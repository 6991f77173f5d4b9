//! What people said: transcripts with speakers or time stamps, exported chats, subtitles.

use crate::{
    Block,
    sentence::{capitalised, depends_on_previous, sentences},
    speech,
};

/// Longest name of a speaker, in characters, and most words of it.
const SPEAKER_CHARS: usize = 40;
const SPEAKER_WORDS: usize = 4;

/// Share of lines with a speaker or a time stamp that makes a text a transcript, in percent.
const LEAST_SHARE: usize = 60;
const LEAST_LINES: usize = 3;

/// How many turns may introduce the topic.
const INTRODUCTION_TURNS: usize = 4;

/// Lengths of a sentence that names a transcript, in characters.
const HEADLINE_CHARS: std::ops::RangeInclusive<usize> = 20..=90;

/// Longest paragraph that is made of subtitles, in characters.
const PARAGRAPH_CHARS: usize = 600;

/// A line of a transcript.
struct Utterance<'a> {
    /// Empty if the line names none.
    speaker: &'a str,
    text: &'a str,
}

/// Names of speakers that are no names, besides those with a number.
const ROLES: &str = "host guest interviewer interviewee moderator presenter speaker participant unknown ведущий ведущая \
    гость гостья модератор спикер докладчик участник участница собеседник интервьюер";

/// The topic that a transcript's introduction names, and what the speakers say: one block for what
/// one of them says without a break. `None` if the text is no transcript.
pub(crate) fn utterances(text: &str) -> Option<(Option<String>, Vec<Block>)> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said: Vec<Option<Utterance<'_>>> = lines.iter().map(|line| utterance(line)).collect();
    let marked = said.iter().flatten().count();
    let speakers_repeat = repeated_speakers(&said);
    if marked < LEAST_LINES || marked * 100 < lines.len() * LEAST_SHARE || !speakers_repeat {
        return None;
    }
    let mut turns: Vec<(&str, String)> = Vec::new();
    for (line, said) in lines.iter().zip(said) {
        let (speaker, words) = match &said {
            Some(said) => (Some(said.speaker), said.text),
            None => (None, *line),
        };
        match turns.last_mut() {
            Some((last, all)) if speaker.is_none_or(|speaker| speaker == *last) => {
                // After a hesitation, a sentence may begin with a small letter.
                let begins = all.ends_with(['.', '!', '?', '…']);
                let words = speech::without_hesitations(words);
                all.push(' ');
                all.push_str(&if begins { capitalised(&words) } else { words });
            }
            _ => turns.push((speaker.unwrap_or_default(), words.to_owned())),
        }
    }
    let openings = turns.iter().take(INTRODUCTION_TURNS);
    let sentences = openings.flat_map(|(_, words)| sentences(&speech::without_hesitations(words)));
    let topic = sentences.into_iter().find_map(|said| speech::introduced_topic(&said));
    let blocks = turns.into_iter().filter_map(|(speaker, words)| {
        let text = speech::content(&words);
        let speaker = if is_role(speaker) { String::new() } else { speaker.to_owned() };
        (!text.is_empty()).then_some(Block::Speech { speaker, text })
    });
    Some((topic, blocks.collect()))
}

/// Whether a speaker's name is only a role: "Speaker 1", «Ведущий».
fn is_role(speaker: &str) -> bool {
    let first = speaker.split_whitespace().next().unwrap_or_default().to_lowercase();
    let numbered = speaker.ends_with(|c: char| c.is_ascii_digit());
    numbered || speaker.chars().count() < 2 || ROLES.split_whitespace().any(|role| role == first)
}

/// The sentence of a transcript that names it best: the first statement of a usual length that
/// needs no other one.
pub(crate) fn headline(blocks: &[Block]) -> Option<String> {
    let said = blocks.iter().filter_map(|block| match block {
        Block::Speech { text, .. } => Some(sentences(text)),
        Block::Heading(_)
        | Block::Paragraph(_)
        | Block::List(_)
        | Block::Quote(_)
        | Block::Code { .. }
        | Block::Table(_) => None,
    });
    let stands = |sentence: &String| {
        HEADLINE_CHARS.contains(&sentence.chars().count())
            && !sentence.ends_with('?')
            && !depends_on_previous(sentence)
    };
    said.flatten().find(stands)
}

/// Time stamps alone make a transcript; without them a speaker has to speak twice, because
/// "Result: done" is an ordinary line.
fn repeated_speakers(said: &[Option<Utterance<'_>>]) -> bool {
    let names: Vec<&str> = said.iter().flatten().map(|said| said.speaker).collect();
    let stamped = names.iter().any(|name| name.is_empty());
    let twice = |name: &&str| names.iter().filter(|other| *other == name).count() > 1;
    stamped || names.iter().any(twice)
}

/// Recognizes `[00:00:03] Speaker 1: words`, `12:04 words` and `Ann: words`.
fn utterance(line: &str) -> Option<Utterance<'_>> {
    let (stamped, rest) = match after_time(line) {
        Some(rest) => (true, rest.trim_start_matches(['-', '–', ' '])),
        None => (false, line),
    };
    let named = rest.split_once(": ").filter(|(name, _)| is_speaker(name));
    match named {
        Some((speaker, text)) => Some(Utterance { speaker: speaker.trim(), text: text.trim() }),
        None if stamped => Some(Utterance { speaker: "", text: rest }),
        None => None,
    }
}

fn is_speaker(name: &str) -> bool {
    let name = name.trim();
    let capital = name.chars().next().is_some_and(|first| first.is_uppercase() || first == '@');
    let words = name.split_whitespace().count();
    capital
        && words <= SPEAKER_WORDS
        && name.chars().count() <= SPEAKER_CHARS
        && !name.contains(['.', ',', '!', '?', '«', '"', '(', '/'])
}

/// The rest of a line that begins with a time stamp, with brackets or without.
fn after_time(line: &str) -> Option<&str> {
    let (stamp, rest) = match line.strip_prefix(['[', '(']) {
        Some(inner) => {
            let end = inner.find([']', ')'])?;
            (&inner[..end], &inner[end + 1..])
        }
        None => {
            // A date may precede the time: `12.03.24, 10:15 - Ann: words`.
            let date_end = line.find(", ").filter(|end| line[..*end].bytes().all(is_date_byte));
            let time = date_end.map_or(0, |end| end + 2);
            let is_time = |c: char| c.is_ascii_digit() || ":.".contains(c);
            let end = time + line[time..].find(|c| !is_time(c))?;
            (&line[..end], &line[end..])
        }
    };
    let digits_and_signs = |c: char| c.is_ascii_digit() || ":.,-/ apmAPM\u{202f}".contains(c);
    let timed = stamp.contains(':') && stamp.contains(|c: char| c.is_ascii_digit());
    (timed && stamp.chars().all(digits_and_signs)).then(|| rest.trim_start())
}

fn is_date_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || b"./-".contains(&byte)
}

/// The words of SubRip or WebVTT subtitles as paragraphs. `None` if the text is none.
pub(crate) fn subtitles(text: &str) -> Option<Vec<Block>> {
    if text.lines().filter(|line| line.contains("-->")).count() < 2 {
        return None;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut paragraphs = vec![String::new()];
    for (at, line) in lines.iter().enumerate() {
        let timing = line.contains("-->");
        let before_timing = lines.get(at + 1).is_some_and(|next| next.contains("-->"));
        let header = at == 0 && line.starts_with("WEBVTT");
        if timing || header || before_timing || line.is_empty() {
            continue;
        }
        let words = speech::without_hesitations(&without_tags(line));
        let Some(open) = paragraphs.last_mut() else { continue };
        let full = open.chars().count() >= PARAGRAPH_CHARS && open.ends_with(['.', '!', '?']);
        if full {
            paragraphs.push(words);
        } else {
            if !open.is_empty() {
                open.push(' ');
            }
            open.push_str(&words);
        }
    }
    let texts = paragraphs.into_iter().filter(|text| !text.is_empty());
    Some(texts.map(Block::Paragraph).collect())
}

/// Without `<i>`, `<v Ann>` and `{\an8}`.
fn without_tags(line: &str) -> String {
    let mut out = String::new();
    let mut close: Option<char> = None;
    for c in line.chars() {
        match (close, c) {
            (None, '<') => close = Some('>'),
            (None, '{') => close = Some('}'),
            (None, _) => out.push(c),
            (Some(end), _) if c == end => close = None,
            (Some(_), _) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraphs(blocks: Option<Vec<Block>>) -> Vec<String> {
        let paragraph = |block| match block {
            Block::Paragraph(text) => text,
            other => panic!("{other:?}"),
        };
        blocks.unwrap().into_iter().map(paragraph).collect()
    }

    /// The turns of a transcript: `Ann: words`, or only words.
    fn turns(text: &str) -> Vec<String> {
        utterances(text).unwrap().1.iter().map(Block::to_text).collect()
    }

    #[test]
    fn transcript_loses_stamps_roles_and_hesitations() {
        let text = "[00:00:03] Speaker 1: So, um, we started small.\n\
                    [00:00:09] Speaker 1: It worked.\n[00:00:12] Speaker 2: Uh, really?";
        assert_eq!(turns(text), ["We started small. It worked.", "Really?"]);
        let chat = "Ann: Привет всем.\nBob: Привет!\nAnn: Начнём с плана.";
        assert_eq!(turns(chat), ["Ann: Начнём с плана."], "without greetings");
        let exported = "12.03.24, 10:15 - Ann: Hello all.\n12.03.24, 10:16 - Bob: Hi!\n\
                        12.03.24, 10:17 - Ann: We start with a plan.";
        assert_eq!(turns(exported), ["Ann: We start with a plan."]);
        let stamped = "0:01 Hello there.\n0:05 Welcome to the show.\n0:09 Let us begin.";
        assert_eq!(turns(stamped), ["Let us begin."]);
    }

    #[test]
    fn sentence_after_a_hesitation_begins_with_a_capital() {
        let said = turns(
            "[0:01] Ann: Ten people need forty talks.\n[0:05] Ann: Uh, so split the team.\n\
             [0:09] Ann: Эм, поэтому делите её.",
        );
        let wanted = "Ann: Ten people need forty talks. So split the team. Поэтому делите её.";
        assert_eq!(said, [wanted]);
    }

    #[test]
    fn introduction_of_a_show_is_its_topic_and_no_content() {
        let text = "Host: Welcome to the show about small teams.\nAnn: Thanks for having me.\n\
                    Host: How many people are too many?\nAnn: More than ten.";
        let (topic, _) = utterances(text).unwrap();
        assert_eq!(topic.as_deref(), Some("Small teams"));
        assert_eq!(turns(text), ["How many people are too many?", "Ann: More than ten."]);
    }

    #[test]
    fn prose_with_colons_is_no_transcript() {
        assert!(utterances("Result: done.\nPlan: rest.\nNext: work.").is_none());
        assert!(utterances("Он сказал: «Да».\nПотом ушёл.").is_none());
    }

    #[test]
    fn subtitles_become_sentences() {
        let srt = "1\n00:00:01,000 --> 00:00:02,000\n<i>We began</i>\n\n\
                   2\n00:00:02,500 --> 00:00:04,000\nwith a plan.\n";
        assert_eq!(paragraphs(subtitles(srt)), ["We began with a plan."]);
        let vtt =
            "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello.\n\n00:03.000 --> 00:04.000\nBye.";
        assert_eq!(paragraphs(subtitles(vtt)), ["Hello. Bye."]);
        assert!(subtitles("a --> b").is_none());
    }
}
