//! Search results for typical topics: a table of covered topics and one of other topics.

use domain::Language;
use knowledge::Corpus;

/// A topic and the notes that may come first.
const COVERED: &[(&str, &[&str])] = &[
    ("Почему тесты важны", &["tests-give-courage"]),
    ("зачем писать юнит-тесты", &["tests-give-courage"]),
    ("Why write tests", &["tests-give-courage"]),
    ("automated testing for startups", &["tests-give-courage"]),
    ("хрупкие тесты", &["tests-check-behaviour"]),
    ("flaky tests in CI", &["flaky-tests"]),
    ("TDD", &["tdd-short-cycle"]),
    ("разработка через тестирование", &["tdd-short-cycle"]),
    ("вайбкодинг", &["vibecoding"]),
    ("Вайб-кодинг для начинающих", &["vibecoding"]),
    ("VibeCoder", &["vibecoding"]),
    ("What is vibe coding?", &["vibecoding"]),
    ("когда не стоит вайбкодить", &["when-not-to-vibecode"]),
    ("risks of vibe coding", &["when-not-to-vibecode"]),
    ("тесты в вайбкодинге", &["tests-guard-ai"]),
    ("намерение прежде алгоритма", &["intention-before-algorithm"]),
    ("Intention before algorithm", &["intention-before-algorithm"]),
    ("как писать промпты", &["prompt-as-brief"]),
    ("Prompt engineering", &["prompt-as-brief"]),
    ("промпты для нейросети", &["prompt-as-brief"]),
    ("context for coding assistants", &["context-for-assistants"]),
    ("галлюцинации ИИ", &["check-what-ai-claims"]),
    ("можно ли доверять коду от ИИ", &["check-what-ai-claims"]),
    ("ревью кода от ИИ", &["review-what-ai-wrote"]),
    ("learning with AI", &["learning-with-ai"]),
    ("ИИ ходит по кругу", &["stop-and-reset"]),
    ("MVP за день", &["mvp-in-a-day"]),
    ("как сделать MVP приложения за выходные", &["mvp-in-a-day"]),
    ("throwaway prototypes", &["prototype-to-learn"]),
    ("Состояние потока", &["flow-state"]),
    ("flow state", &["flow-state"]),
    ("осознанное программирование", &["mindful-programming"]),
    ("Mindful programming", &["mindful-programming"]),
    ("сначала спецификация, потом код", &["spec-first"]),
    ("код-ревью", &["code-review-is-a-conversation"]),
    ("ревью кода в команде", &["code-review-is-a-conversation"]),
    ("CODE REVIEW", &["code-review-is-a-conversation"]),
    ("how to review pull requests", &["code-review-is-a-conversation"]),
    ("большие пулреквесты", &["small-pull-requests"]),
    ("рефакторинг", &["refactoring-small-steps"]),
    ("рефакторинг легаси", &["legacy-tests-first"]),
    ("refactoring legacy code", &["legacy-tests-first"]),
    ("переписать с нуля или рефакторить", &["replace-in-slices"]),
    ("How to name things", &["naming-by-meaning"]),
    ("как называть переменные", &["naming-by-meaning"]),
    ("имена в коде", &["naming-by-meaning"]),
    ("Как давать имена", &["naming-by-meaning"]),
    ("Как придумывать имена", &["naming-by-meaning"]),
    ("Choosing good names", &["naming-by-meaning"]),
    ("технического долга становится больше", &["technical-debt-visible"]),
    ("tech debt", &["technical-debt-visible"]),
    ("как дебажить", &["debugging-is-an-experiment"]),
    ("debugging techniques", &["debugging-is-an-experiment"]),
    ("баги, которые не воспроизводятся", &["reproduce-first"]),
    ("structured logging", &["logs-tell-a-story"]),
    ("мониторинг и алерты", &["alerts-that-matter"]),
    ("обработка ошибок", &["errors-are-part-of-the-design"]),
    ("error messages", &["error-messages-help"]),
    ("маленькие коммиты", &["small-commits"]),
    ("сообщения коммитов", &["commit-messages-say-why"]),
    ("релиз в пятницу", &["releases-small-and-often"]),
    (
        "Как мы в нашей команде перестали бояться релизов по пятницам и что из этого вышло",
        &["releases-small-and-often"],
    ),
    ("CI/CD", &["continuous-integration"]),
    ("фича-флаги", &["feature-flags"]),
    ("why software projects are late", &["estimates-as-ranges"]),
    ("оценка задач", &["estimates-as-ranges"]),
    ("Why do estimates always fail?", &["estimates-as-ranges"]),
    ("10 rules of clean code", &["no-clever-code", "naming-by-meaning"]),
    ("README", &["documentation-near-code"]),
    ("architecture decision records", &["decisions-on-record"]),
    ("инвалидация кэша", &["caching-is-a-promise"]),
    ("race conditions", &["concurrency-share-less"]),
    ("retries and timeouts", &["idempotency-and-retries"]),
    ("очереди задач", &["durable-workflows"]),
    ("Temporal workflows", &["durable-workflows"]),
    ("миграции базы данных", &["data-migrations"]),
    ("бэкапы", &["backups-restore"]),
    ("безопасность приложений", &["security-least-privilege"]),
    ("SQL injection", &["never-trust-input"]),
    ("npm dependencies", &["dependencies-cost"]),
    ("blameless postmortem", &["incidents-without-blame"]),
    ("парное программирование", &["pair-programming"]),
    ("онбординг новичка", &["onboarding-first-week"]),
    ("how to give feedback", &["feedback-specific"]),
    ("слишком много созвонов", &["meetings-need-a-reason"]),
    ("deep work", &["focus-one-thing"]),
    ("Productivity", &["focus-one-thing"]),
    ("выгорание", &["rest-before-burnout"]),
    ("burnout in developers", &["rest-before-burnout"]),
    ("как научиться программировать", &["learn-by-building"]),
    ("rubber duck", &["ask-for-help"]),
    ("продуктовое мышление", &["product-problem-first"]),
    ("talk to users", &["talk-to-users"]),
    ("how to prioritize the backlog", &["say-no-to-features"]),
    ("доступность сайта", &["accessibility-from-the-start"]),
    ("преждевременная оптимизация", &["measure-before-optimising"]),
    ("YAGNI", &["simplest-thing-first"]),
    ("API design", &["interfaces-easy-to-use"]),
    ("типы вместо проверок", &["illegal-states"]),
    ("архитектура приложения", &["hide-decisions"]),
    ("чтение чужого кода", &["reading-code"]),
    ("почему мой код никто не понимает", &["reading-code"]),
    ("Чек-лист перед релизом", &["releases-small-and-often"]),
    ("Release checklist", &["releases-small-and-often"]),
    ("Мифы о релизах", &["releases-small-and-often"]),
    ("Вредные привычки на встречах", &["meetings-need-a-reason"]),
    ("Cheat sheet for meetings", &["meetings-need-a-reason"]),
    ("Mistakes in estimates", &["estimates-as-ranges"]),
    ("Уроки инцидентов", &["incidents-without-blame"]),
];

/// Topics about something else, many with a word that we use in another sense.
const UNCOVERED: &[&str] = &[
    "рецепт борща",
    "How to train a puppy",
    "квантовая хромодинамика",
    "Тест на беременность",
    "Тесто для пиццы",
    "тесто",
    "Рецепт теста для пиццы",
    "Как назвать ребёнка",
    "имена для кота",
    "Da Vinci code",
    "Код да Винчи",
    "Лучшие пляжи Таиланда",
    "Best hiking trails in Norway",
    "Meditation for beginners",
    "история Древнего Рима",
    "Как вырастить помидоры на балконе",
    "French Revolution",
    "dry skin care",
    "first kiss",
    "bed bugs",
    "solid wood furniture",
    "Franz Kafka",
    "temporal lobe",
    "NBA MVP 2024",
    "как выбраться из долгов и кредитов",
    "Say no to drugs",
    "Отдых на море",
    "Уголовный кодекс",
    "wedding planning checklist",
    "ИИ в медицине",
    "AI in medicine",
    "релиз нового альбома",
    "movie review",
    "how to rest after surgery",
    "how to remove rust from a bike",
    "стендап-комедия",
    "flow of the river Nile",
    "музыкальный ритм",
    "team sports for kids",
    "product photography",
    "oil production",
    "42",
    "как",
    "Apache Kafka за 7 слайдов",
    "Rust vs Go for a two-person startup",
    "Docker для новичков",
    "Kubernetes для команды",
    "RabbitMQ",
    "How we moved our tests to Jenkins",
    "Тесты на Python",
    "Чек-лист перед поездкой на море",
    "Wedding checklist",
    "Ошибки при варке борща",
    "Seven habits of rich families",
];

#[test]
fn covered_topic_finds_its_note() {
    let mut wrong = Vec::new();
    for (topic, right) in COVERED {
        let hits = Corpus::embedded().search(topic, Language::detect(topic), 3);
        let first = hits.first().map(|hit| hit.note.id.as_str());
        if !first.is_some_and(|id| right.contains(&id)) {
            wrong.push(format!("{topic}: {first:?}, not {right:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Titles are offered as topics: by schedules, suggestions and refusals.
#[test]
fn title_of_a_note_finds_that_note() {
    let mut wrong = Vec::new();
    for note in Corpus::embedded().notes() {
        for language in Language::ALL.iter().copied() {
            let title = &note.wording(language).title;
            let hits = Corpus::embedded().search(title, language, 1);
            let first = hits.first().map(|hit| hit.note.id.as_str());
            if first != Some(note.id.as_str()) {
                wrong.push(format!("{title}: {first:?}, not {}", note.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn uncovered_topic_finds_nothing() {
    let mut wrong = Vec::new();
    for topic in UNCOVERED {
        for language in Language::ALL.iter().copied() {
            let hits = Corpus::embedded().search(topic, language, 3);
            wrong.extend(hits.first().map(|hit| format!("{topic}: {}", hit.note.id)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn vibecoding_principles_find_several_notes() {
    for topic in ["принципы VIBECODING", "Принципы вайбкодинга", "principles of vibe coding"]
    {
        let hits = Corpus::embedded().search(topic, Language::detect(topic), 5);
        let about = |tag: &str| hits.iter().all(|hit| hit.note.tags.iter().any(|t| t == tag));
        assert_eq!(hits.len(), 5, "{topic}");
        assert!(about("vibecoding"), "{topic}: {hits:?}");
    }
}

#[test]
fn results_are_sorted_limited_and_deterministic() {
    let corpus = Corpus::embedded();
    let ids = || -> Vec<_> {
        let hits = corpus.search("vibe coding", Language::En, 4);
        assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
        hits.into_iter().map(|hit| &hit.note.id).collect()
    };
    assert_eq!(ids().len(), 4);
    assert_eq!(ids(), ids());
}

#[test]
fn topic_language_may_differ_from_result_language() {
    let corpus = Corpus::embedded();
    for (topic, note) in [
        ("Почему тесты важны", "tests-give-courage"),
        ("code review", "code-review-is-a-conversation"),
    ] {
        for language in Language::ALL.iter().copied() {
            assert_eq!(corpus.search(topic, language, 1)[0].note.id, note);
        }
    }
}
