//! The menu of commands, in each language.

use domain::Language;
use telegram::{Bot, Fault, Phrase};

/// The commands that the menu shows, in its order.
const MENU: [(&str, Phrase<'static>); 9] = [
    ("carousel", Phrase::MenuCarousel),
    ("wisdom", Phrase::MenuWisdom),
    ("ask", Phrase::MenuAsk),
    ("style", Phrase::MenuStyle),
    ("settings", Phrase::MenuSettings),
    ("history", Phrase::MenuHistory),
    ("schedule", Phrase::MenuSchedule),
    ("status", Phrase::MenuStatus),
    ("cancel", Phrase::MenuCancel),
];

/// Sets it for every language that we speak; whoever speaks another sees English.
///
/// # Errors
/// [`Fault`]; the menu that was there stays.
pub async fn set(bot: &Bot) -> Result<(), Fault> {
    for (language, code) in [
        (Language::En, None),
        (Language::En, Some("en")),
        (Language::Ru, Some("ru")),
    ] {
        let menu = MENU.map(|(name, about)| (name, about.plain(language)));
        let menu: Vec<(&str, &str)> = (menu.iter())
            .map(|(name, about)| (*name, about.as_str()))
            .collect();
        bot.set_commands(&menu, code).await?;
    }
    Ok(())
}
