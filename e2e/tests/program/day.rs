//! `day`: plays to its end in both languages, and Telegram's own description of its API finds nothing
//! wrong with any request.

use testkit::bot_api::{RecordedCall, judge};

use crate::{run, stdout, succeeded};

/// Plays the day, and returns the chats after the requests were judged.
fn play(language: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let requests = folder.path().join("calls.json");
    let played = run(&[
        "day",
        "--language",
        language,
        "--pictures",
        &pictures.display().to_string(),
        "--calls",
        &requests.display().to_string(),
    ]);
    succeeded(&played);
    let chat = stdout(&played);
    let stored = std::fs::read_dir(pictures).unwrap().count();
    assert!(stored > 50, "{stored} pictures");
    let requests = std::fs::read(requests).unwrap();
    let requests: Vec<RecordedCall> = serde_json::from_slice(&requests).unwrap();
    assert!(requests.len() > 200, "{}", requests.len());
    if let Some(found) = judge::violations(&requests) {
        assert!(found.is_empty(), "{found:#?}");
    }
    chat
}

fn says_all(chat: &str, parts: &[&str]) {
    for part in parts {
        assert!(chat.contains(part), "{part} is missing from\n{chat}");
    }
}

#[test]
fn day_in_english_plays_to_its_end() {
    let chat = play("en");
    says_all(
        &chat,
        &[
            "reacts: 👌",
            "5 slides, aurora, 4x5, English",
            "Slide 3 is updated. Send the whole album again?",
            "a PDF of",
            "a ZIP of",
            "every Mon, Wed at 10:00, Clean code",
            "(notification): This button belongs to somebody else's carousel.",
            "That question is for somebody else.",
            "on Fridays at 18:00, Clean code",
            "Stopped.",
            "Настройки",
        ],
    );
}

#[test]
fn day_in_russian_plays_to_its_end() {
    let chat = play("ru");
    says_all(
        &chat,
        &[
            "reacts: 👌",
            "5 слайдов, aurora, 4x5, русский",
            "Слайд 3 переделан. Отправить весь альбом заново?",
            "a PDF of",
            "Пн, Ср в 10:00, Чистый код",
            "(notification): Это кнопка из чужой карусели.",
            "Этот вопрос не тебе.",
            "по пятницам в 18:00, Чистый код",
            "Остановлено.",
            "Settings",
        ],
    );
}
