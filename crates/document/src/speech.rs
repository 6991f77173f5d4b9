//! What of spoken words is content: hesitations, fillers, greetings, thanks and housekeeping are
//! left out, and the introduction of a show names its topic.

use crate::sentence::{capitalised, sentences};

/// Hesitations, which are left out.
const HESITATIONS: &str = "um uh uhm erm er hmm mhm э ээ эээ эм мм э-э м-м";

/// Words before a comma that only begin to speak: "So, …".
const OPENERS: [&str; 22] = [
    "so",
    "well",
    "okay",
    "ok",
    "right",
    "yeah",
    "yep",
    "look",
    "you know",
    "i mean",
    "like",
    "ну",
    "итак",
    "вот",
    "так",
    "значит",
    "смотрите",
    "слушайте",
    "короче",
    "в общем",
    "как бы",
    "ага",
];

/// Words between two commas that say nothing.
const FILLERS: [&str; 11] = [
    "you know",
    "i mean",
    "like",
    "kind of",
    "um",
    "uh",
    "ну",
    "как бы",
    "так сказать",
    "короче",
    "знаете",
];

/// Short words that people repeat when they begin again: "we, we need".
const STUTTERED: &str = "i we you he she they the a to it is и он она они я мы вы в на не что это";

/// Beginnings of sentences of courtesy and housekeeping.
const COURTESY_STARTS: &str = "welcome|hello|hi |hi,|hi!|hey |good morning|good afternoon|good evening|thank you|\
    thanks|great to be here|good to be here|glad to be here|happy to be here|nice to meet|my name is|i'm your host|\
    i am your host|before we start|before we begin|let's get started|let's dive in|let's jump in|let's start|\
    can you hear me|can everyone hear|you're on mute|you are on mute|see you next|that's all for today|\
    that's it for today|have a great|take care|good question|great question|that's a great question|\
    that's a good question|how are you|don't forget to|please subscribe|with me today|\
    with us today|здравствуй|привет|всем привет|добрый день|добрый вечер|доброе утро|спасибо|добро пожаловать|\
    рад вас|рада вас|рады вас|рад быть|рада быть|меня зовут|с вами |у нас в гостях|сегодня в гостях|\
    сегодня у нас в гостях|давайте начнём|давайте начнем|меня слышно|всем слышно|вы на мьюте|подписывайтесь|\
    подпишитесь|не забудьте|ставьте лайк|до встречи|до свидания|на сегодня всё|на сегодня все|на этом всё|\
    на этом все|увидимся|хорошего дня|хороший вопрос|отличный вопрос|как дела";

/// What a sentence of courtesy and housekeeping contains.
const COURTESY_PARTS: &str = "thanks for having|thank you for having|thanks for joining|thanks for listening|\
    thanks for watching|my guest|our guest|joining me today|joining us today|our sponsor|sponsored by|today with me|with me is|\
    share my screen|subscribe to the|like and subscribe|наш спонсор|спонсор выпуска|наш гость|моя гостья|\
    мой гость|наша гостья|сегодня со мной|со мной в студии";

/// Whole sentences of courtesy.
const COURTESIES: &str = "bye|bye bye|goodbye|пока|всем пока|поехали|рад знакомству|let's go";

/// Longest sentence of courtesy, in characters.
const COURTESY_CHARS: usize = 140;

/// Words before the topic in an introduction; the topic begins with the last group in Russian,
/// where its case depends on the preposition.
const INTRODUCTIONS: &str = "show about |show is about |episode about |episode is about |podcast about |webinar about |\
    meeting is about |session about |today's topic is |topic today is |\
    today we talk about |today we're talking about |today we are talking about |today we'll talk about |\
    today we will talk about |today i want to talk about |today i'll talk about |today we discuss |\
    today we're discussing |today we'll discuss |talking today about ";
const INTRODUCTIONS_RU: &str = "сегодня говорим |сегодня поговорим |сегодня мы говорим |сегодня мы поговорим |\
    сегодня будем говорить |сегодня мы будем говорить |поговорим сегодня |говорим сегодня |сегодня я расскажу |\
    сегодня расскажу |выпуск |встреча ";
const PREPOSITIONS_RU: [&str; 4] = ["о ", "об ", "обо ", "про "];

/// Lengths of a topic in an introduction, in characters.
const TOPIC_CHARS: std::ops::RangeInclusive<usize> = 4..=60;

/// The sentences of an utterance that are content, joined; empty if none is.
pub(crate) fn content(text: &str) -> String {
    let said = sentences(&without_hesitations(text));
    let kept = said.iter().map(|sentence| without_fillers(sentence));
    let introduces = |sentence: &str| {
        let lower = sentence.to_lowercase();
        let today = ["today", "сегодня"].iter().any(|word| lower.contains(word));
        today && introduced_topic(sentence).is_some()
    };
    let kept = kept.filter(|sentence| {
        let says = sentence.contains(char::is_alphanumeric);
        says && !is_courtesy(sentence) && !introduces(sentence)
    });
    kept.collect::<Vec<_>>().join(" ")
}

/// Without "um" and the like.
pub(crate) fn without_hesitations(text: &str) -> String {
    let hesitates = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        HESITATIONS.split_whitespace().any(|hesitation| hesitation == bare)
    };
    let words = text.split_whitespace().filter(|word| !hesitates(word));
    words.collect::<Vec<_>>().join(" ")
}

/// The topic that an introduction names: "welcome to the show about small teams".
pub(crate) fn introduced_topic(sentence: &str) -> Option<String> {
    let lower = sentence.to_lowercase().replace('’', "'");
    // A letter whose lower case has another length moves all positions.
    if lower.len() != sentence.replace('’', "'").len() {
        return None;
    }
    let sentence = sentence.replace('’', "'");
    let after = |starts: &str| {
        let start = starts.split('|').find_map(|start| Some(lower.find(start)? + start.len()))?;
        sentence.get(start..)
    };
    let russian = || {
        let rest = after(INTRODUCTIONS_RU)?;
        let lower = rest.to_lowercase();
        PREPOSITIONS_RU.iter().any(|word| lower.starts_with(word)).then_some(rest)
    };
    let topic = after(INTRODUCTIONS).or_else(russian)?;
    let end = topic.find(['.', ',', '!', '?', ';', ':']).unwrap_or(topic.len());
    let topic = topic[..end].split(" with ").next().unwrap_or_default().trim();
    TOPIC_CHARS.contains(&topic.chars().count()).then(|| capitalised(topic))
}

fn is_courtesy(sentence: &str) -> bool {
    let lower = sentence.to_lowercase().replace('’', "'");
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let any = |list: &str, fits: &dyn Fn(&str) -> bool| list.split('|').any(fits);
    sentence.chars().count() <= COURTESY_CHARS
        && (any(COURTESY_STARTS, &|start| lower.starts_with(start))
            || any(COURTESY_PARTS, &|part| lower.contains(part))
            || any(COURTESIES, &|whole| bare == whole))
}

/// Without openers, fillers between commas, and repeated short words.
fn without_fillers(sentence: &str) -> String {
    let mut rest = sentence.trim();
    while let Some((opener, after)) = rest.split_once(", ") {
        if !OPENERS.contains(&opener.to_lowercase().as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    let rest = rest.strip_prefix("Ну ").unwrap_or(rest);
    let mut text = rest.to_owned();
    for filler in FILLERS {
        let inner = format!(", {filler}, ");
        while let Some(at) =
            text.to_lowercase().find(&inner).filter(|at| text.is_char_boundary(*at))
        {
            let Some(after) = text.get(at + inner.len()..).map(str::to_owned) else { break };
            text.truncate(at);
            text.push(' ');
            text.push_str(&after);
        }
    }
    capitalised(&without_stutter(&text))
}

fn without_stutter(text: &str) -> String {
    let bare = |word: &str| word.trim_end_matches(',').to_lowercase();
    let mut kept: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let again = kept.last().is_some_and(|last| {
            bare(last) == bare(word)
                && STUTTERED.split_whitespace().any(|short| short == bare(word))
        });
        if again {
            kept.pop();
        }
        kept.push(word);
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_left_out_and_words_stay() {
        for (raw, kept) in [
            ("So, um, we started small.", "We started small."),
            ("Well, you know, tests, like, save us time.", "Tests save us time."),
            ("I, I think we, we need a plan.", "I think we need a plan."),
            ("Ну, э, мы, как бы, решили подождать.", "Мы решили подождать."),
            ("Ну мы переписали запрос.", "Мы переписали запрос."),
            ("Значит, короче, отчёт долгий.", "Отчёт долгий."),
            (
                "Users subscribe for a year, like it or not.",
                "Users subscribe for a year, like it or not.",
            ),
            ("Пока тесты медленные, их не запускают.", "Пока тесты медленные, их не запускают."),
        ] {
            assert_eq!(content(raw), kept, "{raw}");
        }
    }

    #[test]
    fn courtesy_and_housekeeping_are_no_content() {
        for said in [
            "Welcome back to the gardening hour.",
            "Thanks for having me!",
            "Before we start, a word about our sponsor.",
            "Can everyone hear me? Great question.",
            "Don’t forget to subscribe to the channel.",
            "Всем привет, меня зовут Аня, с вами подкаст.",
            "Спасибо, что пришли. Хороший вопрос.",
            "Подписывайтесь на канал. Всем пока!",
            "Сегодня у нас в гостях Мария.",
        ] {
            assert_eq!(content(said), "", "{said}");
        }
    }

    #[test]
    fn introduction_names_the_topic() {
        for (said, topic) in [
            ("Welcome to the show about small teams.", "Small teams"),
            ("Today we’re talking about water in the garden, with Maria.", "Water in the garden"),
            ("Ну, здравствуйте, сегодня говорим о маленьких командах.", "О маленьких командах"),
            ("Сегодня мы поговорим про ипотеку!", "Про ипотеку"),
        ] {
            assert_eq!(introduced_topic(said).as_deref(), Some(topic), "{said}");
        }
        for said in ["They talk less about work.", "Сегодня говорим меньше.", "Мы говорим о деле."]
        {
            assert_eq!(introduced_topic(said), None, "{said}");
        }
    }
}
