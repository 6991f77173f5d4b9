//! What the offline writer makes of transcripts, chats, tables and plain pages, in both languages.

#![expect(clippy::unwrap_used, reason = "the tests' own helpers are tests too")]

use domain::{
    Brief, Draft, Format, ImageKind, Language, LongText, SlideContent, SlideCount, ThemeId,
    record::SlideRecord, without_emphasis,
};
use knowledge::Corpus;
use writer::offline;

fn condensed(source: &str, slides: u8) -> Draft {
    let text = LongText::parse(source).unwrap();
    let brief = Brief {
        topic: document::headline_of(&text),
        text: None,
        link: None,
        voice: None,
        titled: false,
        language_from_source: false,
        language: Language::detect(source).into(),
        slides: SlideCount::new(slides).unwrap(),
        theme: ThemeId::default(),
        format: Format::ALL[0],
        image: ImageKind::ALL[0],
        questions: false,
    };
    let corpus = Corpus::embedded();
    let analysis = offline::analyse(corpus, &brief, Some(&text)).unwrap();
    offline::write(corpus, &brief, Some(&text), &analysis).unwrap()
}

fn records(draft: &Draft) -> Vec<SlideRecord> {
    draft.slides().iter().map(SlideRecord::from).collect()
}

fn cover(draft: &Draft) -> String {
    without_emphasis(&records(draft)[0].title)
}

/// Each quote with its author.
fn quotes(draft: &Draft) -> Vec<(String, String)> {
    let all = records(draft).into_iter().filter(|slide| slide.kind == "quote");
    all.map(|slide| (slide.body, slide.attribution)).collect()
}

/// Each number with its label.
fn statistics(draft: &Draft) -> Vec<(String, String)> {
    let all = records(draft).into_iter().filter(|slide| slide.kind == "statistic");
    all.map(|slide| (slide.title, slide.body)).collect()
}

fn shown(draft: &Draft) -> String {
    let slides = draft.slides().iter().flat_map(|slide| slide.content().words());
    let slides: Vec<&str> = slides.collect();
    format!("{}\n{}", slides.join("\n"), draft.post_text())
}

const PODCAST: &str = "[00:00:02] Host: So, um, welcome back to the show about small teams, I'm your host.\n\
    [00:00:08] Host: Today with me is Maria Lopez.\n\
    [00:00:11] Maria: Thanks for having me, great to be here.\n\
    [00:00:15] Maria: Small teams, you know, ship faster because they talk less about work.\n\
    [00:00:24] Maria: Past ten people you, like, need a process for everything you do.\n\
    [00:00:33] Host: How do you know that it is time to split?\n\
    [00:00:37] Maria: When half of the weekly meeting says nothing for an hour, split.\n\
    [00:00:45] Maria: We split into two teams of six and shipped twice as much in a quarter.\n\
    [00:00:52] Host: That's all for today, don't forget to subscribe.";

const PODCAST_RU: &str = "[00:00:02] Ведущий: Ну, э, всем привет, сегодня говорим о маленьких командах.\n\
    [00:00:08] Ведущий: У нас в гостях Мария Лопес.\n\
    [00:00:11] Мария: Спасибо, что позвали.\n\
    [00:00:15] Мария: Маленькая команда, как бы, быстрее, потому что меньше говорит о работе.\n\
    [00:00:24] Мария: После десяти человек для каждого решения нужен процесс.\n\
    [00:00:33] Ведущий: А как понять, что пора делиться?\n\
    [00:00:37] Мария: Если половина людей на встрече молчит весь час, пора.\n\
    [00:00:45] Мария: Мы разделились на две команды и за квартал выпустили вдвое больше.\n\
    [00:00:52] Ведущий: На сегодня всё, подписывайтесь на канал.";

#[test]
fn transcript_gives_its_substance_and_names_the_speaker() {
    for (source, title, topic, speaker, chatter) in [
        (
            PODCAST,
            "Small teams ship faster because they talk less about work",
            // The title contains it.
            "",
            "Maria",
            ["welcome", "host", "thanks", "subscribe", "you know,", "like,", "with me"].as_slice(),
        ),
        (
            PODCAST_RU,
            "Маленькая команда быстрее, потому что меньше говорит о работе",
            "О маленьких командах",
            "Мария",
            ["привет", "ведущ", "спасибо", "подписывайтесь", "в гостях", "как бы"].as_slice(),
        ),
    ] {
        let draft = condensed(source, 7);
        assert_eq!(cover(&draft), title);
        assert_eq!(records(&draft)[0].attribution, topic);
        let quotes = quotes(&draft);
        assert!(!quotes.is_empty(), "{:#?}", records(&draft));
        assert!(quotes.iter().all(|(_, author)| author == speaker), "{quotes:?}");
        let shown = shown(&draft).to_lowercase();
        for words in chatter {
            assert!(!shown.contains(words), "{words}: {shown}");
        }
    }
}

#[test]
fn chat_puts_the_answer_below_its_question() {
    for (source, question, answer) in [
        (
            "[3/12/26, 10:15:02] Ann: Hi all! Why does the report take forty minutes again?\n\
             [3/12/26, 10:17:40] Bob: Because it reads every order since January each time.\n\
             [3/12/26, 10:18:11] Ann: Let us keep totals per day, then we only read today.\n\
             [3/12/26, 10:31:09] Bob: I rewrote the query, and the report takes 12 seconds.",
            "Why does the report take forty minutes again?",
            "Bob: Because it reads every order since January each time.",
        ),
        (
            "[12.03.2026, 10:15] Аня: Всем привет! Почему отчёт опять считается сорок минут?\n\
             [12.03.2026, 10:17] Борис: Потому что он каждый раз читает все заказы с начала года.\n\
             [12.03.2026, 10:18] Аня: Давайте хранить итоги по дням, тогда читать надо только сегодня.\n\
             [12.03.2026, 10:31] Борис: Переписал запрос, отчёт считается за 12 секунд.",
            "Почему отчёт опять считается сорок минут?",
            "Борис: Потому что он каждый раз читает все заказы с начала года.",
        ),
    ] {
        let slides = records(&condensed(source, 7));
        let asked = slides.iter().find(|slide| slide.title == question);
        assert_eq!(asked.map(|slide| slide.body.as_str()), Some(answer), "{slides:#?}");
    }
}

#[test]
fn interview_without_introduction_begins_with_a_statement() {
    for (source, title) in [
        (
            "Host: Can everyone hear me? Great.\nMaria: Thank you. Tomatoes need less water than people think.\n\
             Host: How much less?\nMaria: Twice a week is enough, if you water deeply and in the morning.",
            "Tomatoes need less water than people think",
        ),
        (
            "Ведущая: Добрый день, меня зовут Ольга.\nИгорь: Здравствуйте. Томатам нужно меньше воды, чем думают.\n\
             Ведущая: Насколько меньше?\nИгорь: Двух раз в неделю достаточно, если поливать утром и глубоко.",
            "Томатам нужно меньше воды, чем думают",
        ),
    ] {
        assert_eq!(cover(&condensed(source, 7)), title);
    }
}

#[test]
fn figures_over_time_give_their_growth() {
    for (source, title, growth) in [
        (
            "Month,visitors,signups\nJan,1200,34\nFeb,2100,61\nMar,1900,58\nApr,2600,90",
            "+165%: signups from Jan to Apr",
            ("+165%", "Signups: Jan 34 → Apr 90"),
        ),
        (
            "Месяц;Посетители;Заказы\nЯнварь;1200;34\nФевраль;2100;61\nМарт;1900;58\nАпрель;2600;90",
            "+165%: заказы, Январь → Апрель",
            ("+165%", "Заказы: Январь 34 → Апрель 90"),
        ),
    ] {
        let draft = condensed(source, 7);
        assert_eq!(cover(&draft), title);
        let found = statistics(&draft);
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), growth);
        assert!(found.iter().any(|(value, _)| value == "7800"), "a sum: {found:?}");
        let versus = records(&draft).into_iter().find(|slide| !slide.rows.is_empty()).unwrap();
        assert_eq!(
            (versus.rows[0].first.as_str(), versus.rows[0].second.as_str()),
            ("1200", "2600")
        );
    }
}

#[test]
fn figures_before_and_after_give_the_largest_change() {
    for (source, title, change) in [
        (
            "Step,before (min),after (min)\nBuild,22,8\nTests,30,9\nDeploy,12,11",
            "−70%: tests, 30\u{a0}min → 9\u{a0}min",
            ("−70%", "Tests: before 30\u{a0}min → after 9\u{a0}min"),
        ),
        (
            "Этап;Было, мин;Стало, мин\nСборка;22;8\nТесты;30;9\nВыкладка;12;11",
            "−70%: тесты, 30\u{a0}мин → 9\u{a0}мин",
            ("−70%", "Тесты: Было 30\u{a0}мин → Стало 9\u{a0}мин"),
        ),
    ] {
        let draft = condensed(source, 7);
        assert_eq!(cover(&draft), title);
        let found = statistics(&draft);
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), change);
    }
}

#[test]
fn figures_of_places_give_a_share_and_a_ranking() {
    for (source, title, share, ranking) in [
        (
            "City,Orders\nBergen,26\nOslo,54\nTromso,20",
            "54%: Oslo has the largest share",
            ("54%", "Oslo: 54 of 100 (orders)"),
            ("Orders, highest first", "Oslo: 54"),
        ),
        (
            "Город;Заказы\nКазань;26\nМосква;54\nПермь;20",
            "54%: Москва — самая большая доля",
            ("54%", "Москва: 54 из 100 (заказы)"),
            ("Заказы: от большего к меньшему", "Москва: 54"),
        ),
    ] {
        let draft = condensed(source, 7);
        assert_eq!(cover(&draft), title);
        let found = statistics(&draft);
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), share);
        let slides = records(&draft);
        let list = slides.iter().find(|slide| slide.kind == "list").unwrap();
        assert_eq!((list.title.as_str(), list.items[0].as_str()), ranking);
    }
}

#[test]
fn table_in_an_article_becomes_its_finding() {
    for (source, change) in [
        (
            "# Our builds\n\nWe measured every step for a month before we changed anything.\n\n\
             | Step | Before | After |\n|---|---|---|\n| Build | 22 min | 8 min |\n| Tests | 30 min | 9 min |\n\
             | Deploy | 12 min | 11 min |\n\nThe tests ran one after another, and nobody had asked why.",
            "−70%",
        ),
        (
            "# Наши сборки\n\nМы месяц измеряли каждый шаг и только потом что-то меняли.\n\n\
             | Этап | Было | Стало |\n|---|---|---|\n| Сборка | 22 мин | 8 мин |\n| Тесты | 30 мин | 9 мин |\n\
             | Выкладка | 12 мин | 11 мин |\n\nТесты шли друг за другом, и никто не спрашивал почему.",
            "−70%",
        ),
        (
            "# Where people come from\n\nMost of our readers never type our address.\n\n\
             | Source | Visits |\n|---|---|\n| Search | 540 |\n| Friends | 260 |\n| Ads | 200 |\n\n\
             We stopped paying for advertising last spring, and nothing happened.",
            "54%",
        ),
        (
            "# Откуда приходят люди\n\nБольшинство читателей никогда не набирает наш адрес.\n\n\
             | Источник | Визиты |\n|---|---|\n| Поиск | 540 |\n| Друзья | 260 |\n| Реклама | 200 |\n\n\
             Весной мы перестали платить за рекламу, и ничего не случилось.",
            "54%",
        ),
        (
            "# A shop in spring\n\nThe shop opened in January with one shelf.\n\n\
             | Month | Orders |\n|---|---|\n| Jan | 34 |\n| Feb | 61 |\n| Mar | 109 |\n\n\
             In March we hired a second person for the evenings.",
            "×3.2",
        ),
        (
            "# Магазин весной\n\nМагазин открылся в январе с одной полкой.\n\n\
             | Месяц | Заказы |\n|---|---|\n| Январь | 34 |\n| Февраль | 61 |\n| Март | 109 |\n\n\
             В марте мы наняли второго человека на вечер.",
            "×3,2",
        ),
    ] {
        let found = statistics(&condensed(source, 7));
        assert!(found.iter().any(|(value, _)| value == change), "{change}: {found:?}");
    }
}

#[test]
fn table_of_words_asks_which_one() {
    for (source, title) in [
        (
            "| | Rust | Go |\n|---|---|---|\n| Speed | high | good |\n| Start | slow | fast |",
            "Rust or Go?",
        ),
        (
            "| | Кофе | Чай |\n|---|---|---|\n| Бодрит | сильно | мягко |\n| Стоит | дорого | дёшево |",
            "Кофе или Чай?",
        ),
    ] {
        assert_eq!(cover(&condensed(source, 7)), title);
    }
}

/// What a PDF gives: headings and paragraphs without any other structure.
#[test]
fn plain_sentences_are_statements_and_no_quotes() {
    for source in [
        "Report on the move\n\nWe moved the archive to another building within two days. Nobody noticed anything on Monday. \
         The labels were printed a week before the first box was closed. Three boxes arrived wet.",
        "Отчёт о переезде\n\nМы перевезли архив в другое здание за два дня. В понедельник никто ничего не заметил. \
         Наклейки напечатали за неделю до того, как закрыли первую коробку. Три коробки приехали мокрыми.",
        "Bees\n\nA hive holds about fifty thousand bees in July. In winter ten thousand of them keep the queen warm.",
        "Пчёлы\n\nВ июле в улье около пятидесяти тысяч пчёл. Зимой десять тысяч греют одну матку.",
        "Lighthouses\n\nThe keeper wound the clockwork every four hours of the night. Fog was worse than any storm.",
        "Маяки\n\nСмотритель заводил механизм каждые четыре часа ночи. Туман был хуже любого шторма.",
    ] {
        let draft = condensed(source, 7);
        assert_eq!(quotes(&draft), [], "{source}");
        let is_general = |slide: &SlideRecord| {
            ["Where it begins", "С чего начинается"].contains(&slide.title.as_str())
        };
        assert!(!records(&draft).iter().any(is_general));
        let stated = draft
            .slides()
            .iter()
            .any(|slide| matches!(slide.content(), SlideContent::Principle { .. }));
        assert!(stated, "{:#?}", records(&draft));
    }
}
