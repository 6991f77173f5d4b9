//! Sets the bot's command menu in each language.

use domain::Language;
use telegram::{Bot, Phrase, SendError};

/// The commands in the menu, in display order.
const MENU: [(&str, Phrase<'static>); 12] = [
    ("carousel", Phrase::MenuCarousel),
    ("wisdom", Phrase::MenuDailyTip),
    ("ask", Phrase::MenuAsk),
    ("style", Phrase::MenuStyle),
    ("settings", Phrase::MenuSettings),
    ("history", Phrase::MenuHistory),
    ("schedule", Phrase::MenuSchedule),
    ("status", Phrase::MenuStatus),
    ("cancel", Phrase::MenuCancel),
    ("privacy", Phrase::MenuPrivacy),
    ("export", Phrase::MenuExport),
    ("forget", Phrase::MenuForget),
];

/// Additional commands in administrators' chats.
const FOR_ADMINS: [(&str, Phrase<'static>); 4] = [
    ("stats", Phrase::MenuStats),
    ("broadcast", Phrase::MenuBroadcast),
    ("ban", Phrase::MenuBan),
    ("banned", Phrase::MenuBanned),
];

/// Sets the menu for every supported language; English is the default.
///
/// # Errors
/// [`SendError`]; then the old menu stays.
pub async fn set(bot: &Bot) -> Result<(), SendError> {
    for (language, code) in LANGUAGES {
        show(bot, &MENU, language, code, None).await?;
    }
    Ok(())
}

/// Sets the menu of an administrator's chat.
///
/// # Errors
/// [`SendError`]; [`SendError::ChatGone`] if they have never written to the bot.
pub async fn set_for_admin(bot: &Bot, chat: i64) -> Result<(), SendError> {
    let all: Vec<(&str, Phrase<'static>)> = MENU.into_iter().chain(FOR_ADMINS).collect();
    for (language, code) in LANGUAGES {
        show(bot, &all, language, code, Some(chat)).await?;
    }
    Ok(())
}

const LANGUAGES: [(Language, Option<&str>); 3] =
    [(Language::En, None), (Language::En, Some("en")), (Language::Ru, Some("ru"))];

async fn show(
    bot: &Bot,
    menu: &[(&str, Phrase<'static>)],
    language: Language,
    code: Option<&str>,
    chat: Option<i64>,
) -> Result<(), SendError> {
    let menu: Vec<(&str, String)> =
        (menu.iter()).map(|(name, about)| (*name, about.plain(language))).collect();
    let menu: Vec<(&str, &str)> =
        (menu.iter()).map(|(name, about)| (*name, about.as_str())).collect();
    bot.set_commands(&menu, code, chat).await
}
