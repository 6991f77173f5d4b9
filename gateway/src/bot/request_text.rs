//! Reads what people write around a topic: small talk, and a request such as "make me a 5-slide
//! carousel about tests, dark". Pure. When in doubt, the whole text is the topic.

use domain::{
    ContentLanguage, Format, SlideCount, ThemeId,
    limits::{SLIDES_MAX, SLIDES_MIN},
};
use telegram::action::SmallTalk;

/// What a text says about the carousel besides its topic. `None` leaves a choice to the user's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RequestOptions {
    pub(super) slides: Option<SlideCount>,
    pub(super) theme: Option<ThemeId>,
    pub(super) format: Option<Format>,
    pub(super) language: Option<ContentLanguage>,
}

/// The themes for "dark" and "light".
const DARK: &str = "aurora";
const LIGHT: &str = "minimal";

/// Words around the thing that is asked for.
const REQUEST_WORDS: &str = "hi|hello|hey|i'd|please|can|could|you|make|create|do|generate|build|\
    prepare|write|draw|give|i|need|want|would|like|me|us|a|an|one|new|instagram|привет|пожалуйста|\
    сделай|сделайте|создай|создайте|нарисуй|нарисуйте|напиши|подготовь|собери|мне|нам|нужна|хочу|\
    можешь|сделать|новую|для|инстаграм|инстаграма";
const THINGS: &str = "carousel|carousels|карусель|карусельку|карусели";

/// Small talk, if the text is nothing else. Of several phrases, as in "great, thanks", the most
/// specific one counts.
pub(super) fn small_talk(text: &str) -> Option<SmallTalk> {
    phrase_of_small_talk(text).or_else(|| {
        let phrases = text.split([',', '.', '!', '?', ';', '\n']);
        let phrases = phrases.filter(|phrase| words(phrase).next().is_some());
        let said = phrases.map(phrase_of_small_talk).collect::<Option<Vec<_>>>()?;
        let first = said.first().copied();
        said.into_iter().find(|one| *one != SmallTalk::Okay).or(first)
    })
}

/// The command that a text without a slash stands for, if it is nothing else.
pub(super) fn command_in_words(text: &str) -> Option<&'static str> {
    const HELP: &str = "help|help me|menu|commands|помоги|помогите|помощь|меню|команды";
    const CANCEL: &str = "stop|cancel|стоп|отмена|отмени|хватит|остановись|останови";
    const START: &str = "start|старт|начать";
    let said = words(text).collect::<Vec<_>>().join(" ");
    [(HELP, "help"), (CANCEL, "cancel"), (START, "start")]
        .into_iter()
        .find_map(|(known, command)| known.split('|').any(|known| known == said).then_some(command))
}

/// Whether the text asks for a carousel and does not say about what: "make me a carousel", "5
/// slides".
pub(super) fn lacks_topic(text: &str) -> bool {
    let names_thing = || words(text).any(|word| THINGS.split('|').any(|known| known == word));
    about_reply(text).is_some_and(|options| options.slides.is_some() || names_thing())
}

fn phrase_of_small_talk(text: &str) -> Option<SmallTalk> {
    const HELLO: &str = "hi|hello|hey|hi there|hello there|hey there|good morning|good afternoon|\
        good evening|test|testing|привет|приветик|здравствуй|здравствуйте|добрый день|доброе утро|\
        добрый вечер|хай|салют|тест";
    const THANKS: &str = "thanks|thank you|thx|ty|thanks a lot|many thanks|thank you so much|\
        thank you very much|спасибо|спасибо большое|большое спасибо|благодарю|спс";
    const ABOUT: &str = "who are you|what are you|what is this|what do you do|what can you do|\
        are you a bot|are you human|кто ты|ты кто|кто вы|что это|что ты|что ты такое|\
        что ты умеешь|что умеешь|ты бот|ты человек";
    const OKAY: &str = "ok|okay|yes|no|cool|great|nice|awesome|perfect|how are you|bye|goodbye|\
        see you|good night|good|well done|ок|окей|да|нет|круто|супер|класс|отлично|здорово|\
        хорошо|молодец|понятно|как дела|пока|до свидания|спокойной ночи";
    let words: Vec<String> = words(text).collect();
    let said = words.join(" ");
    let said = said.strip_suffix(" bot").or(said.strip_suffix(" бот")).unwrap_or(&said);
    let among = |known: &str| known.split('|').any(|known| known == said);
    // "кто ты, бот" has lost its last word above; "are you a bot" is compared whole.
    let whole = words.join(" ");
    if among(HELLO) {
        Some(SmallTalk::Hello)
    } else if among(THANKS) {
        Some(SmallTalk::Thanks)
    } else if among(ABOUT) || ABOUT.split('|').any(|known| known == whole) {
        Some(SmallTalk::About)
    } else if among(OKAY) {
        Some(SmallTalk::Okay)
    } else {
        None
    }
}

/// The options of a request about the message that it replies to, such as "make a carousel of this,
/// dark"; `None` if the text says something else. An empty text, which is left of a mention, is such
/// a request.
pub(super) fn about_reply(text: &str) -> Option<RequestOptions> {
    const FILLERS: &str = "of|from|about|out|on|for|the|into|turn|it|is|as|про|из|по|о|об|обо|на|в|\
        post|message|text|article|page|link|file|recording|пост|поста|посту|сообщение|сообщения|\
        сообщению|текст|текста|тексту|статья|статьи|статье|статью|страница|страницы|странице|ссылка|\
        ссылке|файл|файла|файлу|запись|записи";
    const THIS: &str = "this|that|it|these|here|это|этого|этом|этому|этот|эта|этой|эту|него|ней|неё|\
        нему|вот|тут";
    let among = |known: &str, word: &str| known.split('|').any(|known| known == word);
    let words: Vec<String> = words(text).collect();
    let names = |known: &str| words.iter().any(|word| among(known, word));
    let rest = words.iter().filter(|word| {
        ![FILLERS, THIS, REQUEST_WORDS, THINGS].iter().any(|known| among(known, word))
    });
    let rest = rest.map(String::as_str).collect::<Vec<_>>().join(" ");
    let options = options_in(&rest, true)?;
    let asked = words.is_empty() || names(THIS) || names(THINGS);
    (asked || options != RequestOptions::default()).then_some(options)
}

/// The theme, if the text names one and nothing else.
pub(super) fn theme_only(text: &str) -> Option<ThemeId> {
    let options = options_in(text, true)?;
    let theme = options.theme.clone()?;
    (options == RequestOptions { theme: Some(theme.clone()), ..RequestOptions::default() })
        .then_some(theme)
}

/// The topic of a request, and its options.
pub(super) fn read(text: &str) -> (&str, RequestOptions) {
    let text = text.trim();
    let mut options = RequestOptions::default();
    let (mut topic, asked) = match opening(text) {
        Some((found, topic)) => {
            options = found;
            (topic, true)
        }
        None => (text, false),
    };
    while let Some((before, last)) = topic.rsplit_once([',', ';', '.', '—', '(']) {
        let Some(found) = all_options(last, asked) else { break };
        options = found.or(options);
        topic = before.trim_end();
    }
    if asked && let Some((found, before)) = closing_count(topic) {
        options = found.or(options);
        topic = before;
    }
    if asked && let Some((found, before)) = closing_language(topic) {
        options = found.or(options);
        topic = before;
    }
    if words(topic).next().is_none() {
        return (text, RequestOptions::default());
    }
    (topic, options)
}

/// What a comment on a page, a file or a forwarded post says: a title and options. The topic is
/// empty if the comment only points at its source, as in "make a carousel of this, dark".
pub(super) fn comment(text: &str) -> (&str, RequestOptions) {
    if let Some(options) = about_reply(text) {
        return ("", options);
    }
    let (mut title, mut options) = read(text);
    while let Some((before, last)) = title.rsplit_once([',', ';', '.', '—', '(', '\n']) {
        if words(last).next().is_some() {
            let Some(found) = all_options(last, true) else { break };
            options = found.or(options);
        }
        title = before.trim_end();
    }
    if let Some((found, before)) = closing_count(title) {
        options = found.or(options);
        title = before;
    }
    (title.trim(), options)
}

/// "make me a 5-slide carousel about": the options in it, and the text after it.
fn opening(text: &str) -> Option<(RequestOptions, &str)> {
    const ABOUT: &str = "about|on|про|о|об|обо|тему|теме|тема|topic";
    let mut head = Vec::new();
    let mut has_thing = false;
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (raw, after) = rest.split_at(end);
        let word = raw.trim_end_matches([':', ',']).to_lowercase();
        let among = |known: &str| known.split('|').any(|known| known == word);
        if raw.is_empty() {
            return None;
        }
        if has_thing && among(ABOUT) {
            rest = after;
            break;
        }
        let slides =
            head.last().is_some_and(|last: &String| number(last).is_some()) && is_slides(&word);
        has_thing |= among(THINGS) || slides;
        if !(among(THINGS) || among(REQUEST_WORDS)) {
            head.push(word.clone());
        }
        rest = after;
        if has_thing && raw.ends_with(':') {
            break;
        }
    }
    let head = head.join(" ");
    let options = options_in(&head, true)?;
    let topic = rest.trim();
    (!topic.is_empty()).then_some((options, topic))
}

/// "tests in 5 slides": the count at the end, and the text before it.
fn closing_count(topic: &str) -> Option<(RequestOptions, &str)> {
    let count = topic.trim_end();
    let (before, slides) = count.rsplit_once(char::is_whitespace)?;
    let (before, number_word) = before.trim_end().rsplit_once(char::is_whitespace)?;
    if !is_slides(&slides.to_lowercase()) {
        return None;
    }
    let options = all_options(&format!("{number_word} {slides}"), true)?;
    let (topic, word) = before.trim_end().rsplit_once(char::is_whitespace)?;
    let preposition = ["in", "with", "of", "на", "в", "из"].contains(&word.to_lowercase().as_str());
    Some((options, if preposition { topic } else { before }.trim_end()))
}

/// "a carousel about tests in Spanish": the language at the end, and the text before it.
fn closing_language(topic: &str) -> Option<(RequestOptions, &str)> {
    let (before, name) = topic.trim_end().rsplit_once(char::is_whitespace)?;
    let (before, preposition) = before.trim_end().rsplit_once(char::is_whitespace)?;
    let language = language(&name.to_lowercase())?;
    let options = RequestOptions { language: Some(language), ..RequestOptions::default() };
    ["in", "на"]
        .contains(&preposition.to_lowercase().as_str())
        .then(|| (options, before.trim_end()))
}

/// The options, if the text has at least one and says nothing else.
fn all_options(text: &str, bare: bool) -> Option<RequestOptions> {
    options_in(text, bare).filter(|found| *found != RequestOptions::default())
}

/// The options, if the text says nothing else. `bare` accepts words that could belong to a topic,
/// such as "dark"; without it they need a word such as "theme" next to them.
fn options_in(text: &str, bare: bool) -> Option<RequestOptions> {
    const FILLERS: &str = "and|of|for|the|a|please|as|with|about|around|во|с|со|и|из|для|пожалуйста|\
        примерно|около";
    const THEME: &str = "theme|style|look|тема|теме|тему|темой|стиль|стиле|оформление|оформлении";
    const FORMAT: &str = "format|формат|формате";
    const LANGUAGE: &str = "in|language|на|в|языке|язык";
    let words: Vec<String> = words(text).collect();
    let among = |known: &str, word: &str| known.split('|').any(|known| known == word);
    let says = |known: &str| bare || words.iter().any(|word| among(known, word));
    // "nails, polish" names no language, "in Polish" does.
    let is_said = |language: ContentLanguage| {
        let word_of_language = || words.iter().any(|word| among(LANGUAGE, word));
        word_of_language() || (bare && language.offline().is_some())
    };
    let mut found = RequestOptions::default();
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let numeric = word.starts_with(|c: char| c.is_ascii_digit());
        if let Some(count) = number(word)
            && rest.next_if(|next| is_slides(next)).is_some()
        {
            found.slides = SlideCount::new(count.clamp(SLIDES_MIN, SLIDES_MAX)).ok();
        } else if let Some(format) = format(word).filter(|_| numeric || says(FORMAT)) {
            found.format = Some(format);
        } else if let Some(language) = language(word).filter(|one| is_said(*one)) {
            found.language = Some(language);
        } else if let Some(theme) = theme(word).filter(|_| says(THEME)) {
            found.theme = ThemeId::parse(theme).ok();
        } else if ![FILLERS, THEME, FORMAT, LANGUAGE].iter().any(|known| among(known, word)) {
            return None;
        }
    }
    Some(found)
}

impl RequestOptions {
    /// These choices, and the others where these have none.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            slides: self.slides.or(other.slides),
            theme: self.theme.or(other.theme),
            format: self.format.or(other.format),
            language: self.language.or(other.language),
        }
    }
}

/// Words in lower case without punctuation; `9:16` stays one word, `5-slide` becomes two.
fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != ':');
    let parts = parts.map(|word| word.trim_matches(':').to_lowercase());
    parts.filter(|word| !word.is_empty())
}

fn number(word: &str) -> Option<u8> {
    const NAMES: [(&str, &str); 8] = [
        ("three", "три"),
        ("four", "четыре"),
        ("five", "пять"),
        ("six", "шесть"),
        ("seven", "семь"),
        ("eight", "восемь"),
        ("nine", "девять"),
        ("ten", "десять"),
    ];
    let named = (3..).zip(NAMES).find(|(_, (en, ru))| word == *en || word == *ru);
    word.parse().ok().or(named.map(|(number, _)| number))
}

fn is_slides(word: &str) -> bool {
    matches!(word, "slide" | "slides") || word.starts_with("слайд")
}

fn format(word: &str) -> Option<Format> {
    Some(match word {
        "9x16" | "9:16" | "9х16" | "story" | "stories" | "сторис" | "сториз" => {
            Format::Story
        }
        "1x1" | "1:1" | "1х1" | "square" | "квадрат" | "квадратная" | "квадратную" => {
            Format::Square
        }
        "4x5" | "4:5" | "4х5" | "portrait" => Format::Portrait,
        _ => return None,
    })
}

/// A language by its English or Russian name.
fn language(word: &str) -> Option<ContentLanguage> {
    /// The beginnings of Russian names, in any case: «на украинском».
    const RUSSIAN: [(&str, &str); 12] = [
        ("английск", "en"),
        ("русск", "ru"),
        ("украинск", "uk"),
        ("испанск", "es"),
        ("португальск", "pt"),
        ("немецк", "de"),
        ("французск", "fr"),
        ("итальянск", "it"),
        ("польск", "pl"),
        ("турецк", "tr"),
        ("арабск", "ar"),
        ("иврит", "he"),
    ];
    let english = |one: &ContentLanguage| one.english_name().to_lowercase() == word;
    let is_name = |stem: &str| {
        word.strip_prefix(stem).is_some_and(|end| ["", "ом", "ий", "е"].contains(&end))
    };
    let russian = RUSSIAN.iter().find(|(stem, _)| is_name(stem));
    let found = ContentLanguage::all().find(english);
    found.or_else(|| russian.and_then(|(_, name)| name.parse().ok()))
}

fn theme(word: &str) -> Option<&str> {
    Some(match word {
        "dark" | "тёмная" | "тёмную" | "тёмной" | "тёмный" | "тёмном" | "темная" | "темную"
        | "темной" | "темный" | "темном" => DARK,
        "light" | "светлая" | "светлую" | "светлой" | "светлый" | "светлом" => {
            LIGHT
        }
        "неон" | "неоновая" | "неоновую" | "неоновый" | "неоновом" => {
            "neon"
        }
        "минимализм" => "minimal",
        "aurora" | "brutal" | "dawn" | "editorial" | "galaxy" | "mesh" | "minimal" | "neon"
        | "paper" | "terminal" => word,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(slides: u8, theme: &str, format: &str, language: &str) -> RequestOptions {
        RequestOptions {
            slides: SlideCount::new(slides).ok(),
            theme: ThemeId::parse(theme).ok(),
            format: format.parse().ok(),
            language: language.parse().ok(),
        }
    }

    #[test]
    fn requests_are_understood_in_both_languages() {
        for (text, topic, expected) in [
            (
                "make me a 5-slide carousel about naming things, dark",
                "naming things",
                options(5, DARK, "", ""),
            ),
            ("Carousel on Why tests matter", "Why tests matter", options(0, "", "", "")),
            (
                "Could you create a square carousel in Russian about code review, neon theme",
                "code review",
                options(0, "neon", "1x1", "ru"),
            ),
            ("10 slides about tests in production", "tests in production", options(10, "", "", "")),
            ("make a carousel about tests in 4 slides", "tests", options(4, "", "", "")),
            ("Why tests matter, 5 slides", "Why tests matter", options(5, "", "", "")),
            (
                "Why tests matter (9:16, in English)",
                "Why tests matter",
                options(0, "", "9x16", "en"),
            ),
            ("сделай карусель из 5 слайдов про тесты, тёмную", "тесты", options(5, DARK, "", "")),
            (
                "Сделай мне карусель на тему: чистый код. На английском, формат 9:16",
                "чистый код",
                options(0, "", "9x16", "en"),
            ),
            ("Почему тесты важны, семь слайдов", "Почему тесты важны", options(7, "", "", "")),
            ("Why tests matter, in Spanish", "Why tests matter", options(0, "", "", "es")),
            ("make a carousel in Polish about naming", "naming", options(0, "", "", "pl")),
            ("Почему тесты важны, на украинском", "Почему тесты важны", options(0, "", "", "uk")),
            ("карусель о рефакторинге на 6 слайдов", "рефакторинге", options(6, "", "", "")),
            ("сделай 3 слайда о SQL на английском", "SQL", options(3, "", "", "en")),
            ("make 4 slides about SQL in Spanish", "SQL", options(4, "", "", "es")),
            ("10 слайдов про Rust, стиль неон", "Rust", options(10, "neon", "", "")),
            ("about 15 slides on clean code", "clean code", options(10, "", "", "")),
        ] {
            assert_eq!(read(text), (topic, expected), "{text}");
        }
    }

    #[test]
    fn request_about_a_reply_is_understood_in_both_languages() {
        for (text, expected) in [
            ("", options(0, "", "", "")),
            ("make a carousel of this", options(0, "", "", "")),
            ("Please make me a 5-slide carousel out of that post, dark", options(5, DARK, "", "")),
            ("carousel", options(0, "", "", "")),
            ("9:16, in English", options(0, "", "9x16", "en")),
            ("сделай из этого карусель", options(0, "", "", "")),
            ("сделай карусель по этому тексту из 5 слайдов, тёмную", options(5, DARK, "", "")),
        ] {
            assert_eq!(about_reply(text), Some(expected), "{text}");
        }
        for text in ["Why tests matter", "shorter", "what is this about?", "Почему это важно"]
        {
            assert_eq!(about_reply(text), None, "{text}");
        }
    }

    #[test]
    fn theme_alone_is_recognized() {
        assert_eq!(theme_only("dark").unwrap().as_str(), DARK);
        assert_eq!(theme_only("neon theme, please").unwrap().as_str(), "neon");
        assert_eq!(theme_only("тёмную").unwrap().as_str(), DARK);
        for text in ["shorter", "dark, 5 slides", "darker", ""] {
            assert_eq!(theme_only(text), None, "{text}");
        }
    }

    #[test]
    fn comment_is_a_title_or_only_points_at_its_source() {
        for (text, title, expected) in [
            ("", "", options(0, "", "", "")),
            ("Why tests matter", "Why tests matter", options(0, "", "", "")),
            ("make a carousel of this, 5 slides, dark", "", options(5, DARK, "", "")),
            ("Сделай из этого карусель, 5 слайдов", "", options(5, "", "", "")),
            ("вот статья", "", options(0, "", "", "")),
            ("9:16", "", options(0, "", "9x16", "")),
            ("Чистый код, светлая", "Чистый код", options(0, LIGHT, "", "")),
            ("make me a carousel about naming, dark", "naming", options(0, DARK, "", "")),
            ("this in 4 slides", "", options(4, "", "", "")),
            ("🔥", "", options(0, "", "", "")),
        ] {
            assert_eq!(comment(text), (title, expected), "{text}");
        }
    }

    #[test]
    fn topics_that_look_like_requests_stay_whole() {
        for text in [
            "Light mode, dark mode",
            "How to make a carousel that sells",
            "Carousel",
            "make me a carousel",
            "5 slides",
            "Red, green, dark",
            "The circle, the square",
            "Russian, English",
            "Nails, polish",
            "Make tests fast, then make them slow",
            "Три слайда, которые продают",
            "Как сделать карусель",
            "How to dream in Spanish",
        ] {
            assert_eq!(read(text), (text, RequestOptions::default()), "{text}");
        }
    }

    #[test]
    fn small_talk_is_no_topic() {
        use SmallTalk as S;
        for (text, expected) in [
            ("thanks!", S::Thanks),
            ("Thank you so much 🙏", S::Thanks),
            ("спасибо, бот!", S::Thanks),
            ("привет", S::Hello),
            ("Hi bot!", S::Hello),
            ("Добрый день!", S::Hello),
            ("who are you?", S::About),
            ("Are you a bot?", S::About),
            ("Что ты умеешь?", S::About),
            ("ок", S::Okay),
            ("Cool!!!", S::Okay),
            ("Пока 👋", S::Okay),
            ("great, thanks", S::Thanks),
            ("Круто, спасибо!", S::Thanks),
            ("Hi! How are you?", S::Hello),
            ("good bot", S::Okay),
        ] {
            assert_eq!(small_talk(text), Some(expected), "{text}");
        }
        for text in [
            "Thanks to tests",
            "Привет, мир: первая программа",
            "Who are you not?",
            "Good, bad, ugly",
            "🙂",
            "",
        ] {
            assert_eq!(small_talk(text), None, "{text}");
        }
    }

    #[test]
    fn command_without_a_slash_is_understood_if_alone() {
        for (text, command) in [
            ("Help!", "help"),
            ("помоги", "help"),
            ("stop", "cancel"),
            ("Отмена", "cancel"),
            ("старт", "start"),
        ] {
            assert_eq!(command_in_words(text), Some(command), "{text}");
        }
        for text in ["Stop procrastinating", "How to ask for help", "Старт проекта", "🙂"]
        {
            assert_eq!(command_in_words(text), None, "{text}");
        }
    }

    #[test]
    fn request_without_a_topic_is_recognized() {
        for text in ["make me a carousel", "Carousel", "5 slides", "Сделай карусель, тёмную"]
        {
            assert!(lacks_topic(text), "{text}");
        }
        for text in ["Galaxy", "Carousel design", "Russian, English", "How to make a carousel", ""]
        {
            assert!(!lacks_topic(text), "{text}");
        }
    }
}
