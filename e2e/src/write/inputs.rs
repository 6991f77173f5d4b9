//! The 60 inputs of the writing harness. They are fixed, so that two runs can be compared.

use domain::Language::{self, En, Ru};

/// One input of the harness.
#[derive(Debug, Clone, Copy)]
pub(super) struct HarnessInput {
    pub(super) language: Language,
    pub(super) format: InputFormat,
    /// The topic, or the whole text.
    pub(super) text: &'static str,
}

/// What an input looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputFormat {
    /// A topic that our notes cover.
    CoveredTopic,
    /// A topic that our notes do not cover.
    UncoveredTopic,
    Prose,
    Markdown,
    Html,
    Transcript,
    Chat,
    Table,
    Code,
    List,
    Subtitles,
    Quotes,
}

impl InputFormat {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CoveredTopic => "topic",
            Self::UncoveredTopic => "topic without notes",
            Self::Prose => "prose",
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
            Self::Transcript => "transcript",
            Self::Chat => "chat",
            Self::Table => "table",
            Self::Code => "code",
            Self::List => "list",
            Self::Subtitles => "subtitles",
            Self::Quotes => "quotes",
        }
    }

    /// Whether the input is a topic and no text.
    pub(super) const fn is_topic(self) -> bool {
        matches!(self, Self::CoveredTopic | Self::UncoveredTopic)
    }
}

const fn covered(language: Language, text: &'static str) -> HarnessInput {
    HarnessInput { language, format: InputFormat::CoveredTopic, text }
}

const fn uncovered(language: Language, text: &'static str) -> HarnessInput {
    HarnessInput { language, format: InputFormat::UncoveredTopic, text }
}

const fn text(language: Language, format: InputFormat, text: &'static str) -> HarnessInput {
    HarnessInput { language, format, text }
}

pub(super) const INPUTS: [HarnessInput; 60] = [
    covered(Ru, "Почему тесты важны"),
    covered(Ru, "принципы VIBECODING"),
    covered(Ru, "Как давать имена"),
    covered(Ru, "Как мы перестали бояться релизов"),
    covered(Ru, "Мифы о рефакторинге"),
    covered(Ru, "Зачем выпускать релизы часто"),
    covered(Ru, "выгорание"),
    covered(Ru, "Код-ревью без обид"),
    covered(Ru, "технический долг"),
    covered(Ru, "Зачем нужны маленькие коммиты"),
    covered(En, "Why tests matter"),
    covered(En, "How to name things"),
    covered(En, "code review"),
    covered(En, "API design"),
    covered(En, "debugging"),
    covered(En, "Why is my app slow?"),
    covered(En, "TDD and refactoring"),
    covered(En, "feature flags"),
    covered(En, "Caching and database migrations"),
    covered(En, "burnout"),
    uncovered(Ru, "Apache Kafka за 7 слайдов"),
    uncovered(Ru, "Docker для новичков"),
    uncovered(Ru, "рецепт борща"),
    uncovered(Ru, "Как выбрать ипотеку"),
    uncovered(Ru, "История джаза"),
    uncovered(En, "Rust vs Go for a two-person startup"),
    uncovered(En, "How to train a puppy"),
    uncovered(En, "Black holes"),
    uncovered(En, "Kubernetes networking explained"),
    uncovered(En, "Planning a wedding"),
    text(
        Ru,
        InputFormat::Prose,
        "Сад начинается с воды. Без воды не помогут ни удобрения, ни дорогие саженцы. Полив утром лучше вечернего: земля успевает впитать влагу до жары. Мульча — это слой соломы или коры, который держит влагу в земле. Яблоню сажают осенью, чтобы корни успели прижиться. Обрезка нужна каждую весну, даже если жалко веток. Самая частая ошибка новичка в том, что он сажает слишком густо.",
    ),
    text(
        En,
        InputFormat::Prose,
        "Our support team answered 1,200 tickets in May. Two thirds of them asked about the same page. We rewrote that page in one afternoon. The next month tickets fell by 40%. Nobody had read the old page to the end, because the answer stood below a long introduction. Now the answer comes first, and the reasons follow. A help page is a product, and it has users. Watch one of them read it before you publish.",
    ),
    text(
        Ru,
        InputFormat::Markdown,
        "---\ntitle: \"Как мы ускорили сборку\"\n---\n\n![Схема](https://x.y/z.png)\n\nПолгода назад сборка занимала 22 минуты, и люди перестали её ждать. После этого время упало на 40% за одну неделю.\n\n## Что мы сделали\n\n- Удалили лишние зависимости\n- Включили общий кэш\n- Разделили тесты на быстрые и медленные\n\n> Простота — необходимое условие надёжности.\n> — Эдсгер Дейкстра\n\n```toml\n[profile.dev]\nopt-level = 1\n```\n\nМы больше не боимся чистой сборки. Самым трудным оказалось договориться, какие тесты считать медленными.",
    ),
    text(
        En,
        InputFormat::Markdown,
        "# Moving a shop to the cloud\n\nWe moved a **small shop** to the cloud over one weekend. It had run on one machine under a desk for nine years.\n\n## What went well\n\n1. The database copy took 35 minutes\n2. Customers saw a notice, not an error\n3. The old machine stayed ready for two weeks\n\n## What did not\n\nThe mail server refused our new address for a day. We had tested everything except the mail. Costs rose by $29.90 a month, and nobody complained.\n\n> Hope is not a strategy.\n> — Traditional SRE saying\n\nThe lesson is plain: rehearse the boring parts too.",
    ),
    text(
        Ru,
        InputFormat::Html,
        "<!DOCTYPE html>\n<html><head><title>Кофе дома</title></head><body>\n<h1>Кофе дома</h1>\n<p>Хороший кофе начинается с помола &mdash; не с дорогой машины.</p>\n<p>Зёрна молют прямо перед варкой, потому что через 15 минут половина запаха уходит.</p>\n<p>Вода должна быть чистой и не кипящей: 93 °C достаточно.</p>\n<ul><li>Взвесь зёрна</li><li>Согрей чашку</li><li>Жди четыре минуты</li></ul>\n<p>Не стоит хранить зёрна в холодильнике: они впитывают запахи.</p>\n</body></html>",
    ),
    text(
        En,
        InputFormat::Html,
        "<!DOCTYPE html>\n<html><body>\n<h1>Sleep for people on call</h1>\n<p>One night on call costs about two days of good work.</p>\n<p>Sleep debt does not go away with coffee &mdash; it goes away with sleep.</p>\n<ul><li>Hand over at noon, not at midnight</li><li>Silence alerts that nobody acts on</li><li>Take the morning off after a page</li></ul>\n<p>A team that pages itself every night has a design problem, not a staffing problem.</p>\n<p>Start with the loudest alert and delete it or fix it.</p>\n</body></html>",
    ),
    text(
        Ru,
        InputFormat::Transcript,
        "[00:00:03] Ведущий: Ну, здравствуйте, сегодня говорим о маленьких командах.\n[00:00:09] Гость: Маленькая команда быстрее, потому что меньше говорит о работе и больше делает.\n[00:00:18] Гость: После десяти человек для каждого решения нужен процесс.\n[00:00:27] Ведущий: А как понять, что пора делиться?\n[00:00:31] Гость: Когда на общей встрече половина людей молчит весь час, пора делиться.\n[00:00:40] Гость: Мы разделились на две команды по шесть человек и за квартал выпустили вдвое больше.",
    ),
    text(
        En,
        InputFormat::Transcript,
        "[00:00:03] Speaker 1: So, um, welcome to the show about small teams.\n[00:00:09] Speaker 2: Small teams ship faster because they talk less about work and do more of it.\n[00:00:18] Speaker 2: Past ten people you need a process for everything you do.\n[00:00:27] Speaker 1: How do you know that it is time to split?\n[00:00:31] Speaker 2: When half of the people in the weekly meeting say nothing for an hour, split.\n[00:00:40] Speaker 2: We split into two teams of six and shipped twice as much in a quarter.",
    ),
    text(
        Ru,
        InputFormat::Chat,
        "[12.03.2026, 10:15] Аня: Коллеги, почему отчёт опять считается сорок минут?\n[12.03.2026, 10:17] Борис: Потому что он каждый раз читает все заказы с начала года.\n[12.03.2026, 10:18] Аня: Давайте хранить итоги по дням, тогда читать надо только сегодня.\n[12.03.2026, 10:25] Вера: Итоги по дням уже есть в таблице бухгалтерии, их никто не использует.\n[12.03.2026, 10:31] Борис: Переписал запрос на дневные итоги, отчёт считается за 12 секунд.\n[12.03.2026, 10:33] Аня: Запишу в правила: сначала ищем готовые данные, потом пишем код.",
    ),
    text(
        En,
        InputFormat::Chat,
        "[3/12/26, 10:15:02] Ann: Why does the report take forty minutes again?\n[3/12/26, 10:17:40] Bob: Because it reads every order since January each time.\n[3/12/26, 10:18:11] Ann: Let us keep totals per day, then we only read today.\n[3/12/26, 10:25:30] Vera: Accounting has daily totals already, and nobody uses them.\n[3/12/26, 10:31:09] Bob: I rewrote the query on the daily totals, and the report takes 12 seconds.\n[3/12/26, 10:33:51] Ann: Noted as a rule: look for existing data first, write code second.",
    ),
    text(
        Ru,
        InputFormat::Table,
        "Месяц;Посетители;Заказы\nЯнварь;1200;34\nФевраль;2100;61\nМарт;1900;58\nАпрель;2600;90",
    ),
    text(
        En,
        InputFormat::Table,
        "| | Rust | Go |\n|---|---|---|\n| Speed of the program | very high | high |\n| Time to learn | weeks | days |\n| Errors found early | most | some |\n| Size of the community | large | larger |",
    ),
    text(
        Ru,
        InputFormat::Code,
        "Как сложить список в Rust, чтобы не писать цикл.\n\n```rust\nlet prices = [10, 20, 30];\nlet total: i32 = prices.iter().sum();\nassert_eq!(total, 60);\n```\n\nМетод `sum` складывает всё, что отдаёт итератор. Тип результата надо назвать, иначе компилятор не знает, что получится. Так код читается как предложение. Цикл нужен, только когда по дороге что-то меняется.",
    ),
    text(
        En,
        InputFormat::Code,
        "# Reading a file in Python\n\nOpen the file in a `with` block, and it is closed for you.\n\n```python\nwith open(\"notes.txt\", encoding=\"utf-8\") as notes:\n    for line in notes:\n        print(line.strip())\n```\n\nName the encoding, because the default differs between systems. Read line by line, so that a large file fits into memory. Strip the end of the line, or you print empty lines.",
    ),
    text(
        Ru,
        InputFormat::List,
        "Что взять в поход на два дня:\n\n• палатку и коврик\n• спальник до нуля градусов\n• два литра воды на человека\n• аптечку и фонарь\n\nВ лесу вечером холоднее, чем в прогнозе. Вес рюкзака не должен быть больше четверти твоего веса. Скажи кому-нибудь, когда вернёшься.",
    ),
    text(
        En,
        InputFormat::List,
        "Before you sign a lease:\n\n- read the part about repairs\n- ask who pays for the heating\n- photograph every scratch\n- test the water and the sockets\n\nA verbal promise is worth nothing once you have moved in. Ask for it in writing. The deposit is usually two or three monthly rents. Landlords expect questions, so ask them.",
    ),
    text(
        Ru,
        InputFormat::Subtitles,
        "1\n00:00:01,000 --> 00:00:04,000\n<i>Мы начали этот проект без плана</i>\n\n2\n00:00:04,500 --> 00:00:08,000\nи через неделю поняли, что план нужен.\n\n3\n00:00:08,500 --> 00:00:13,000\nПервое правило: одна задача в день, не больше.\n\n4\n00:00:13,500 --> 00:00:19,000\nВторое правило: вечером показываем результат тому, кто его ждёт.\n\n5\n00:00:19,500 --> 00:00:25,000\nЗа месяц мы сделали больше, чем за весь прошлый квартал.",
    ),
    text(
        En,
        InputFormat::Subtitles,
        "WEBVTT\n\n00:01.000 --> 00:04.000\nWe began this work without a plan,\n\n00:04.500 --> 00:08.000\nand within a week we knew that we needed one.\n\n00:08.500 --> 00:13.000\nThe first rule: one task a day and not more.\n\n00:13.500 --> 00:19.000\nThe second rule: in the evening we show the result to the person who waits for it.\n\n00:19.500 --> 00:25.000\nIn a month we did more than in the whole quarter before.",
    ),
    text(
        Ru,
        InputFormat::Quotes,
        "О том, как пишут короткие письма.\n\n> У меня не было времени написать короткое письмо, поэтому я написал длинное.\n> — Блез Паскаль\n\nКороткое письмо требует больше работы. Сначала пишут всё, потом вычёркивают половину. Читателю нужны три вещи: что случилось, что делать ему и к какому сроку. Остальное можно приложить. Перечитай письмо вслух, и лишнее станет слышно.",
    ),
    text(
        En,
        InputFormat::Quotes,
        "On saying no at work.\n\n> People think focus means saying yes to the thing you've got to focus on.\n> — Steve Jobs\n\nA team that says yes to everything finishes nothing. Say no to the request, not to the person. Offer a date or a smaller version instead. Write the reasons down, because the same request comes back. A list of things you will not do is as useful as a plan.",
    ),
    text(
        Ru,
        InputFormat::Prose,
        "Переговоры выигрывает тот, кто готов уйти. Перед встречей запиши, что ты сделаешь, если не договоришься. Это называется запасной вариант. Чем он лучше, тем спокойнее ты говоришь. Не называй цену первым, если не знаешь рынка. Если знаешь — называй и молчи. Пауза в пять секунд стоит дороже десяти доводов.",
    ),
    text(
        En,
        InputFormat::Prose,
        "Running is mostly patience. Most beginners run too fast and stop after three weeks. Run so slowly that you can talk in whole sentences. Add ten percent a week and no more. Shoes matter less than sleep. The knee hurts when the hip is weak, so train the hip. After two months a half hour feels short.",
    ),
    text(
        Ru,
        InputFormat::Markdown,
        "# Пять языков, одна идея\n\n**Главное:** язык важен меньше, чем привычки. Мы переписали один сервис на пяти языках за год.\n\n## Что оказалось общим\n\n- Тесты нашли одни и те же ошибки\n- Половина времени ушла на чужие форматы\n- Документация устарела за два месяца\n\n## Чем языки отличались\n\nСборка занимала от 3 секунд до 4 минут. Память отличалась в 12 раз. Самым медленным оказался не язык, а наш запрос к базе.",
    ),
    text(
        En,
        InputFormat::Markdown,
        "# Notes on hiring\n\nA good interview feels like a working day. We pay for a trial task of four hours and review it together.\n\n### Rules that we keep\n\n* Ask every candidate the same questions\n* Decide within 48 hours\n* Tell people why they were not chosen\n\nOffers were accepted by 9 of 10 people last year. The one who refused told us that the process was too slow. A slow process loses the best people first.",
    ),
    text(
        Ru,
        InputFormat::Table,
        "| | Кофе | Чай |\n|---|---|---|\n| Бодрит | сильно | мягко |\n| Готовить | пять минут | десять минут |\n| Стоит | дорого | дёшево |",
    ),
    text(
        En,
        InputFormat::Table,
        "Month,visitors,signups\nJan,1200,34\nFeb,2100,61\nMar,1900,58\nApr,2600,90",
    ),
    text(
        Ru,
        InputFormat::List,
        "Правила чистого стола:\n\n1. Один проект на столе, остальные в папках\n2. Вечером стол пуст\n3. Бумага живёт не дольше недели\n\nЧистый стол экономит утро. Поиск вещей занимает до 20 минут в день, если у них нет места. Начни с одного ящика.",
    ),
    text(
        En,
        InputFormat::Transcript,
        "Host: Welcome back to the gardening hour.\nMaria: Thank you. Tomatoes need less water than people think.\nHost: How much less?\nMaria: Twice a week is enough, if you water deeply and in the morning.\nMaria: Yellow leaves at the bottom are normal, yellow leaves at the top are not.\nHost: What about the side shoots?\nMaria: Remove them while they are shorter than a finger, and the plant will thank you.",
    ),
    text(
        Ru,
        InputFormat::Quotes,
        "Почему мы перечитываем старые книги.\n\n> Классика — это книга, которую все хвалят и никто не читает.\n> — Марк Твен\n\nСтарую книгу перечитывают не ради сюжета. В двадцать лет в ней видно героя, в сорок — его родителей. Пометки на полях рассказывают, кем ты был. Достаточно десяти страниц перед сном. Начни с той книги, которую бросил на середине.",
    ),
    text(
        En,
        InputFormat::Html,
        "<html><body>\n<h1>A balcony that feeds you</h1>\n<p>A balcony of four square metres is enough for herbs, salad and one tomato plant.</p>\n<p>Herbs forgive a forgotten day, tomatoes do not.</p>\n<ul><li>Basil next to the door</li><li>Salad in the shade</li><li>The tomato against the wall</li></ul>\n<p>Soil dries twice as fast in black pots &mdash; use light ones.</p>\n<p>Plant in May, eat in July.</p>\n</body></html>",
    ),
];
