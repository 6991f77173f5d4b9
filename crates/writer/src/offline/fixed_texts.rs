//! Fixed texts of the offline provider in both languages: headings, labels, calls to action,
//! captions.
//!
//! The content of a carousel comes from the notes, the lenses or the user's text. These texts only
//! connect it.

use domain::Language;

/// All fixed texts of one language. If there are several, the topic's hash selects one.
pub(super) struct FixedTexts {
    /// Labels of a comparison's sides.
    pub(super) before_after: [&'static str; 2],
    pub(super) myth_truth: [&'static str; 2],
    /// Headings.
    pub(super) contrasts: [&'static str; 3],
    pub(super) myths: [&'static str; 3],
    pub(super) gist: &'static str,
    pub(super) why: &'static str,
    pub(super) scene: [&'static str; 2],
    pub(super) later: [&'static str; 2],
    /// Calls to action on the last slide; `{question}` is the note's question.
    pub(super) calls: [&'static str; 3],
    /// For a condensed text: subtitle, headings of slides, last slide.
    pub(super) digest_subtitles: [&'static str; 3],
    pub(super) digest_first: &'static str,
    pub(super) digest_last: &'static str,
    pub(super) digest_others: [&'static str; 5],
    pub(super) digest_ending: [&'static str; 2],
    pub(super) digest_call: &'static str,
    pub(super) digest_angle: &'static str,
    /// Caption lines; `{…}` is replaced.
    pub(super) first_step: &'static str,
    pub(super) answer: &'static str,
    pub(super) save: &'static str,
    pub(super) from_notes: &'static str,
    pub(super) from_questions: &'static str,
    pub(super) from_text: &'static str,
    pub(super) notes_with_text: &'static str,
    pub(super) read_on: &'static str,
    /// Hashtags for any topic.
    pub(super) craft_hashtag: &'static str,
    pub(super) explore_hashtags: [&'static str; 3],
    pub(super) digest_hashtags: [&'static str; 2],
    pub(super) curious: &'static str,
    pub(super) readers: &'static str,
}

static RU: FixedTexts = FixedTexts {
    before_after: ["Было", "Стало"],
    myth_truth: ["Миф", "На деле"],
    contrasts: ["Как это выглядит в жизни", "В чём разница", "Один день — двумя способами"],
    myths: ["Миф, в который легко поверить", "Ещё один миф", "И третий миф"],
    gist: "В чём суть",
    why: "Почему это так",
    scene: ["Знакомая сцена", "Узнаёшь?"],
    later: ["А бывает и так", "Тот же день, но иначе"],
    calls: [
        "{question} Ответь в комментариях",
        "Сохрани и сделай сегодня один шаг",
        "Сохрани и отправь тому, кому это нужно прямо сейчас",
    ],
    digest_subtitles: [
        "Главное из текста",
        "Коротко о том, что в тексте",
        "Суть — в нескольких карточках",
    ],
    digest_first: "С чего начинается",
    digest_last: "Чем заканчивается",
    digest_others: [
        "Важная деталь",
        "Стоит заметить",
        "Ещё одна мысль",
        "Дальше в тексте",
        "Обрати внимание",
    ],
    digest_ending: ["Что унести с собой", "Коротко"],
    digest_call: "Сохрани — и перечитай целиком, когда будет тихо",
    digest_angle: "Главное из текста, словами самого текста.",
    first_step: "С чего начать? {step}.",
    answer: "{question} Ответь в комментариях.",
    save: "Сохрани, чтобы вернуться к этому в нужный день.",
    from_notes: "Собрано офлайн из наших заметок: {notes}.",
    from_questions: "Собрано офлайн. Этой темы в наших заметках нет, поэтому здесь вопросы и способ разобраться, а не готовые факты.",
    from_text: "Собрано офлайн: здесь предложения из самого текста, длинные сокращены; ничего не добавлено от себя.",
    notes_with_text: "Рядом с текстом — наши заметки: {notes}.",
    read_on: "Что почитать: {sources}.",
    craft_hashtag: "разработка",
    explore_hashtags: ["вопросы", "любопытство", "учусьновому"],
    digest_hashtags: ["конспект", "чтение"],
    curious: "Те, кто хочет разобраться в теме своими силами",
    readers: "Те, у кого нет времени прочитать текст целиком",
};

static EN: FixedTexts = FixedTexts {
    before_after: ["Before", "After"],
    myth_truth: ["Myth", "In fact"],
    contrasts: ["How it looks in real life", "What changes", "The same day, two ways"],
    myths: ["A myth that’s easy to believe", "Another myth", "And a third one"],
    gist: "What it comes down to",
    why: "Why it holds",
    scene: ["A familiar scene", "Sounds familiar?"],
    later: ["It can go another way", "The same day, differently"],
    calls: [
        "{question} Tell us in the comments",
        "Save this and take one step today",
        "Save it, and send it to someone who needs it right now",
    ],
    digest_subtitles: [
        "The text in short",
        "What the text says, briefly",
        "The gist, card by card",
    ],
    digest_first: "Where it begins",
    digest_last: "Where it ends",
    digest_others: [
        "A detail that matters",
        "Worth noting",
        "One more thought",
        "Further on",
        "Mind this",
    ],
    digest_ending: ["What to take along", "In short"],
    digest_call: "Save it, and read the whole text when it’s quiet",
    digest_angle: "What matters in the text, in the text’s own words.",
    first_step: "Where to start? {step}.",
    answer: "{question} Tell us in the comments.",
    save: "Save it for the day you need it.",
    from_notes: "Put together offline from our own notes: {notes}.",
    from_questions: "Put together offline. Our notes don’t cover this topic, so here are questions and a way to explore it, not ready-made facts.",
    from_text: "Put together offline: these are sentences of the text itself, long ones shortened, nothing added.",
    notes_with_text: "Beside the text, our own notes: {notes}.",
    read_on: "Read on: {sources}.",
    craft_hashtag: "softwaredevelopment",
    explore_hashtags: ["questions", "curiosity", "learning"],
    digest_hashtags: ["summary", "reading"],
    curious: "People who want to find out for themselves",
    readers: "People with no time to read the whole text",
};

impl FixedTexts {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Ru => &RU,
            Language::En => &EN,
        }
    }
}
