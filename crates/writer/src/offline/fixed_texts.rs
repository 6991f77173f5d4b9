//! Fixed texts of the offline provider in both languages: headings, labels, calls to action,
//! captions.
//!
//! The content of a carousel comes from the notes, the lenses or the user's text. These texts only
//! connect it.

use domain::Language;

/// All fixed texts of one language. If there are several, the topic's hash selects one.
pub(super) struct FixedTexts {
    /// The title of a carousel of questions; `{topic}` is in quotation marks.
    pub(super) questions_about: &'static str,
    /// Labels of a comparison's sides.
    pub(super) before_after: [&'static str; 2],
    pub(super) myth_truth: [&'static str; 2],
    /// Headings.
    pub(super) contrasts: [&'static str; 8],
    pub(super) myths: [&'static str; 10],
    /// Of the second and the third myth.
    pub(super) more_myths: [[&'static str; 4]; 2],
    pub(super) gist: [&'static str; 4],
    pub(super) why: [&'static str; 4],
    pub(super) scene: [&'static str; 4],
    pub(super) later: [&'static str; 4],
    /// Calls to action on the last slide; `{question}` is the note's question.
    pub(super) calls: [&'static str; 3],
    /// One, few and many steps, after their number.
    step_forms: [&'static str; 3],
    /// For a condensed text: subtitle, headings of slides, last slide.
    pub(super) digest_subtitles: [&'static str; 3],
    pub(super) digest_table_subtitle: &'static str,
    /// Headings of a list, a table and of code that nothing introduces.
    pub(super) digest_list: &'static str,
    pub(super) digest_table: &'static str,
    /// Of a ranking of rows; `{column}` is what they are ranked by.
    pub(super) digest_ranking: &'static str,
    /// A question of two things.
    pub(super) either: &'static str,
    pub(super) digest_code: &'static str,
    pub(super) digest_ending: [&'static str; 2],
    /// The last slide of a text that has no last word, and of one that compares two things.
    pub(super) digest_question: &'static str,
    pub(super) digest_choice: &'static str,
    pub(super) digest_comment: &'static str,
    /// The titles of the first and last row, and of words row by row.
    pub(super) digest_ends: &'static str,
    pub(super) digest_sides: &'static str,
    pub(super) digest_call: &'static str,
    pub(super) digest_angle: &'static str,
    /// Caption lines; `{…}` is replaced.
    pub(super) first_step: &'static str,
    pub(super) answer: &'static str,
    pub(super) save: &'static str,
    pub(super) read_on: &'static str,
    /// Hashtags for any topic.
    pub(super) craft_hashtag: &'static str,
    pub(super) explore_hashtags: [&'static str; 3],
    pub(super) digest_hashtags: [&'static str; 2],
    pub(super) curious: &'static str,
    pub(super) readers: &'static str,
}

static RU: FixedTexts = FixedTexts {
    questions_about: "Вопросы к теме {topic}",
    before_after: ["Было", "Стало"],
    myth_truth: ["Миф", "На деле"],
    contrasts: [
        "Как это выглядит в жизни",
        "В чём разница",
        "Один день — двумя способами",
        "Что меняется на деле",
        "Две картины рядом",
        "Тогда и теперь",
        "Найди отличия",
        "Два способа, один результат?",
    ],
    myths: [
        "Миф, в который легко поверить",
        "Так часто говорят",
        "Звучит разумно, но нет",
        "Где обычно ошибаются",
        "В это верят многие",
        "Расхожее мнение",
        "Миф или правда?",
        "Популярная ошибка",
        "Что говорят чаще всего",
        "Веришь ли ты в это?",
    ],
    more_myths: [
        ["Ещё один миф", "А вот ещё ошибка", "И так тоже говорят", "Второе заблуждение"],
        ["И третий миф", "Последний миф", "Напоследок ещё миф", "Третье заблуждение"],
    ],
    gist: ["В чём суть", "Главная мысль", "Если коротко", "Одна идея"],
    why: ["Почему это так", "Откуда это берётся", "Почему это работает", "В чём причина"],
    scene: ["Знакомая сцена", "Узнаёшь?", "Обычный день", "Так бывает"],
    later: ["А бывает и так", "Тот же день, но иначе", "Другой исход", "Потом стало так"],
    calls: [
        "{question} Ответь в комментариях",
        "Сохрани и сделай сегодня один шаг",
        "Сохрани и отправь тому, кому это нужно прямо сейчас",
    ],
    step_forms: ["шаг", "шага", "шагов"],
    digest_subtitles: [
        "Главное из текста",
        "Коротко о том, что в тексте",
        "Суть — в нескольких карточках",
    ],
    digest_table_subtitle: "Что показывают цифры",
    digest_list: "По пунктам",
    digest_table: "Цифры по строкам",
    digest_ranking: "{column}: от большего к меньшему",
    either: "{first} или {second}?",
    digest_code: "Пример кода",
    digest_question: "Что из этого важнее всего для тебя?",
    digest_choice: "А ты за что?",
    digest_comment: "Напиши в комментариях и сохрани, чтобы вернуться",
    digest_ends: "Было и стало",
    digest_sides: "Сравним по пунктам",
    digest_ending: ["Что унести с собой", "Коротко"],
    digest_call: "Сохрани — и перечитай целиком, когда будет тихо",
    digest_angle: "Главное из текста, словами самого текста.",
    first_step: "С чего начать? {step}.",
    answer: "{question} Ответь в комментариях.",
    save: "Сохрани, чтобы вернуться к этому в нужный день.",
    read_on: "Что почитать: {sources}.",
    craft_hashtag: "разработка",
    explore_hashtags: ["вопросы", "любопытство", "учусьновому"],
    digest_hashtags: ["конспект", "чтение"],
    curious: "Те, кто хочет разобраться в теме своими силами",
    readers: "Те, у кого нет времени прочитать текст целиком",
};

static EN: FixedTexts = FixedTexts {
    questions_about: "Questions to ask about {topic}",
    before_after: ["Before", "After"],
    myth_truth: ["Myth", "In fact"],
    contrasts: [
        "How it looks in real life",
        "What changes",
        "The same day, two ways",
        "Side by side",
        "Spot the difference",
        "Then and now",
        "Two ways to do it",
        "What it means in practice",
    ],
    myths: [
        "A myth that’s easy to believe",
        "You hear this a lot",
        "Sounds right, isn’t",
        "Where most people slip",
        "What many believe",
        "A popular mistake",
        "Myth or truth?",
        "Don’t fall for this",
        "What people get wrong",
        "Do you believe this?",
    ],
    more_myths: [
        ["Another myth", "One more mistake", "People say this too", "The second myth"],
        ["And a third one", "The last myth", "One last mistake", "The third myth"],
    ],
    gist: ["What it comes down to", "The main thought", "In a nutshell", "One idea"],
    why: ["Why it holds", "Where it comes from", "Why it works", "The reason behind it"],
    scene: ["A familiar scene", "Sounds familiar?", "An ordinary day", "It often goes like this"],
    later: ["It can go another way", "The same day, differently", "Another ending", "And later"],
    calls: [
        "{question} Tell us in the comments",
        "Save this and take one step today",
        "Save it, and send it to someone who needs it right now",
    ],
    step_forms: ["step", "steps", "steps"],
    digest_subtitles: [
        "The text in short",
        "What the text says, briefly",
        "The gist, card by card",
    ],
    digest_table_subtitle: "What the figures show",
    digest_list: "Point by point",
    digest_table: "The figures, row by row",
    digest_ranking: "{column}, highest first",
    either: "{first} or {second}?",
    digest_code: "An example",
    digest_question: "Which of these matters most to you?",
    digest_choice: "Which one is yours?",
    digest_comment: "Tell us in the comments, and save it for later",
    digest_ends: "Then and now",
    digest_sides: "Point against point",
    digest_ending: ["What to take along", "In short"],
    digest_call: "Save it, and read the whole text when it’s quiet",
    digest_angle: "What matters in the text, in the text’s own words.",
    first_step: "Where to start? {step}.",
    answer: "{question} Tell us in the comments.",
    save: "Save it for the day you need it.",
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

    /// The word after a number of steps, below 20.
    pub(super) fn steps(&self, count: usize) -> &'static str {
        self.step_forms[match count {
            1 => 0,
            2..=4 => 1,
            _ => 2,
        }]
    }
}
