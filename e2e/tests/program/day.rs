//! `day`: plays to its end, and keeps the pictures.

use crate::{run, stdout, succeeded};

#[test]
fn day_plays_to_end_and_keeps_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let played = run(&["day", "--pictures", &pictures.display().to_string()]);
    succeeded(&played);
    let chat = stdout(&played);
    for part in [
        "Slide 3 is new. Send the whole album again?",
        "Redrawing in paper…",
        "a PDF of",
        "a ZIP of",
        "on Mondays at 09:00, Clean code",
        "Stopped. Nothing is left behind",
        "Настройки",
    ] {
        assert!(chat.contains(part), "{part} is missing from\n{chat}");
    }
    // Three albums of seven, and the slide that was shown alone.
    assert_eq!(std::fs::read_dir(pictures).unwrap().count(), 22);
}
