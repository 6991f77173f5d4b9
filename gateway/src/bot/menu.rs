//! Sets what people see before they write: the bot's descriptions, its command menu, the menu button.

use domain::Language;
use telegram::{Bot, Phrase, SendError};

/// The commands in the menu, in display order.
const MENU: [(&str, Phrase<'static>); 13] = [
    ("carousel", Phrase::MenuCarousel),
    ("wisdom", Phrase::MenuDailyTip),
    ("ask", Phrase::MenuAsk),
    ("style", Phrase::MenuStyle),
    ("settings", Phrase::MenuSettings),
    ("history", Phrase::MenuHistory),
    ("usage", Phrase::MenuUsage),
    ("schedule", Phrase::MenuSchedule),
    ("status", Phrase::MenuStatus),
    ("cancel", Phrase::MenuCancel),
    ("privacy", Phrase::MenuPrivacy),
    ("export", Phrase::MenuExport),
    ("forget", Phrase::MenuForget),
];

/// Additional commands in administrators' chats.
const FOR_ADMINS: [(&str, Phrase<'static>); 5] = [
    ("stats", Phrase::MenuStats),
    ("errors", Phrase::MenuErrors),
    ("broadcast", Phrase::MenuBroadcast),
    ("ban", Phrase::MenuBan),
    ("banned", Phrase::MenuBanned),
];

/// Sets descriptions and menu for every supported language; English is the default.
///
/// # Errors
/// [`SendError`]; then the old ones stay.
pub async fn set(bot: &Bot) -> Result<(), SendError> {
    for (language, code) in LANGUAGES {
        show(bot, &MENU, language, code, None).await?;
    }
    bot.set_menu_button().await?;
    for (language, code) in LANGUAGES {
        let description = Phrase::BotDescription.plain(language);
        let short = Phrase::BotShortDescription.plain(language);
        bot.set_descriptions(&description, &short, code).await?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use telegram::{
        bot_api_limits::{COMMAND_DESCRIPTION_UNITS, DESCRIPTION_UNITS, SHORT_DESCRIPTION_UNITS},
        units,
    };

    use super::*;
    use crate::bot::reply;

    /// The commands in a text, without their slashes.
    fn commands(text: &str) -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '/'));
        words.filter_map(|word| word.strip_prefix('/')).map(str::to_owned).collect()
    }

    fn names<const N: usize>(menu: [(&str, Phrase<'static>); N]) -> BTreeSet<String> {
        menu.into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn descriptions_fit_telegrams_limits() {
        for language in Language::ALL {
            let description = units::units(&Phrase::BotDescription.plain(*language));
            let short = units::units(&Phrase::BotShortDescription.plain(*language));
            assert!((1..=DESCRIPTION_UNITS).contains(&description), "{language}: {description}");
            assert!((1..=SHORT_DESCRIPTION_UNITS).contains(&short), "{language}: {short}");
            for (name, about) in MENU.into_iter().chain(FOR_ADMINS) {
                let about = units::units(&about.plain(*language));
                assert!((1..=COMMAND_DESCRIPTION_UNITS).contains(&about), "{language}: {name}");
            }
        }
    }

    #[test]
    fn help_lists_every_command_of_the_menu() {
        for language in Language::ALL {
            let help = Phrase::Help { listens: 1 }.plain(*language);
            let missing = &names(MENU) - &commands(&help);
            assert!(missing.is_empty(), "{language}: {missing:?}");
        }
    }

    #[test]
    fn administrators_help_lists_every_administrators_command() {
        let unlisted =
            ["unban", "limit", "allow", "disallow", "admin", "unadmin"].map(str::to_owned);
        let all = names(FOR_ADMINS).into_iter().chain(unlisted).collect::<BTreeSet<_>>();
        for language in Language::ALL {
            let listed = commands(reply::admin_help(*language).markup());
            let missing = &all - &listed;
            assert!(missing.is_empty(), "{language}: {missing:?}");
        }
    }
}
