//! Tests of PDF and DOCX files and tables that users send: their text becomes a carousel, or a reply
//! says why not and what to do.

use testkit::{
    FakeWebSite, TestApp,
    office_files::{PdfLine, archive, docx, docx_paragraph, encrypted_pdf, pdf, scanned_pdf},
};

use crate::BotTest;

const ENGLISH: [&str; 5] = [
    "Small teams ship faster because they talk less about work.",
    "A team of four people needs six conversations to agree on a plan.",
    "A team of ten people needs forty-five conversations for the same plan.",
    "Every new person makes the next decision slower than the last one.",
    "Split a large team before its meetings become its product.",
];

const RUSSIAN: [&str; 5] = [
    "Маленькие команды выпускают быстрее, потому что меньше говорят о работе.",
    "Команде из четырёх человек нужно шесть разговоров, чтобы согласовать план.",
    "Команде из десяти человек нужно сорок пять разговоров о том же плане.",
    "Каждый новый человек делает следующее решение медленнее прошлого.",
    "Раздели большую команду, пока встречи не стали её продуктом.",
];

fn english_pdf() -> Vec<u8> {
    let lines = (0..).zip(ENGLISH).map(|(at, text)| PdfLine::new(70, 140 + 40 * at, 11, text));
    let title = PdfLine::new(70, 90, 24, "Why small teams win");
    pdf(&[[title].into_iter().chain(lines).collect()])
}

fn russian_docx() -> Vec<u8> {
    let title = docx_paragraph("a1", "Почему побеждают маленькие команды");
    docx(&(title + &RUSSIAN.map(|text| docx_paragraph("", text)).concat()))
}

/// Each file is in the other language than its sender's app.
#[tokio::test]
async fn files_become_carousels_in_their_own_language() {
    let bot = BotTest::start().await;
    for (name, spoken, file, bytes, title, language) in [
        ("Аня", "ru", "teams.pdf", english_pdf(), "Why small teams win", "en"),
        ("Ann", "en", "Команды.DOCX", russian_docx(), "Почему побеждают маленькие команды", "ru"),
    ] {
        let person = bot.user(name, spoken).await;
        person.sends_document(file, "application/octet-stream", &bytes).await;
        person.waits_for(|chat| (!chat.albums().is_empty()).then_some(())).await;
        let brief = bot.carousels().await.remove(0).brief;
        assert_eq!((brief.topic.as_str(), brief.language.as_str()), (title, language));
    }
}

#[tokio::test]
async fn unusable_files_are_refused_with_what_to_do() {
    let bot = BotTest::start().await;
    let (ann, anya) = (bot.user("Ann", "en").await, bot.user("Аня", "ru").await);
    let spreadsheet = archive(&[("xl/workbook.xml", "<workbook/>")]);
    for (file, bytes, english, russian) in [
        ("scan.pdf", scanned_pdf(), "it is a scan", "похоже на скан"),
        ("secret.pdf", encrypted_pdf(), "Save it without one", "Сохрани его без пароля"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "damaged or too complex", "повреждён"),
        ("sheet.docx", spreadsheet, "Send a spreadsheet as .csv", "Таблицу пришли как .csv"),
        ("empty.csv", b"Month,visitors\n".to_vec(), "I can't use this table", "Такую таблицу"),
        ("empty.md", b"***\n".to_vec(), "no words in this file", "нет слов"),
    ] {
        for (person, words) in [(&ann, english), (&anya, russian)] {
            person.sends_document(file, "application/octet-stream", &bytes).await;
            person.waits_for_text(words).await;
        }
    }
    assert!(bot.carousels().await.is_empty());
}

#[tokio::test]
async fn unusable_file_behind_a_link_is_told_with_its_reason() {
    let pages = FakeWebSite::start().await;
    let app = TestApp::builder().pages_at(pages.address()).parser(env!("CARGO_BIN_EXE_gateway"));
    let bot = BotTest::with(app).await;
    let (ann, anya) = (bot.user("Ann", "en").await, bot.user("Аня", "ru").await);
    for (path, bytes, english, russian) in [
        ("/scan.pdf", scanned_pdf(), "it is a scan", "похоже на скан"),
        ("/secret.pdf", encrypted_pdf(), "Save it without one", "Сохрани его без пароля"),
        ("/cut.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "damaged or too complex", "повреждён"),
    ] {
        pages.show_file(path, "application/pdf", bytes);
        for (person, words) in [(&ann, english), (&anya, russian)] {
            person.asks(&pages.link(path), words).await;
        }
    }
}

#[tokio::test]
async fn short_text_says_how_many_slides_it_gave() {
    let bot = BotTest::start().await;
    for (language, sentences, said) in [
        ("en", &ENGLISH[..3], "The text is enough for 3 slides."),
        ("ru", &RUSSIAN[..3], "Текста хватило на 3 слайда."),
    ] {
        let person = bot.user("Ann", language).await;
        let text = sentences.join(" ");
        person.sends_document("text.txt", "text/plain", text.as_bytes()).await;
        person.waits_for_text(said).await;
        assert_eq!(person.chat().await.albums()[0].len(), 3);
    }
}

#[tokio::test]
async fn report_says_what_is_on_which_slide_and_what_was_left_out() {
    let bot = BotTest::start().await;
    for (language, headings, sentences, edit, report, told, left_out) in [
        (
            "en",
            ["Speed", "Cost"],
            ENGLISH,
            "Edit",
            "What was left out",
            "“Speed” → slide 2",
            "left out",
        ),
        (
            "ru",
            ["Скорость", "Цена"],
            RUSSIAN,
            "Изменить слайд",
            "Что не вошло",
            "«Скорость» → слайд 2",
            "не вошло",
        ),
    ] {
        let person = bot.user("Ann", language).await;
        let text = format!(
            "# {}\n\n## {}\n\n{}\n\n{}\n\n## {}\n\n{}\n",
            "Teams", headings[0], sentences[0], sentences[1], headings[1], sentences[3]
        );
        person.sends_document("text.md", "text/plain", text.as_bytes()).await;
        let ready = person.waits_for_message(|message| message.button(edit).is_some()).await;
        person.presses(&ready, edit).await;
        let menu = person.waits_for_message(|message| message.button(report).is_some()).await;
        let said = person.presses_for(&menu, report, told).await;
        assert!(!said.text().contains(left_out), "everything fits: {}", said.text());
    }
}
