//! Parses administrators' access commands: `/ban`, `/unban`, `/banned`, `/admin`, `/unadmin`.

use domain::{AccountId, access::reason};
use serde::{Deserialize, Serialize};

/// Longest temporary lock.
const LONGEST_SECONDS: u64 = 10 * 365 * 86_400;

/// An access command. Stored with the update, so never reuse a variant name for another meaning.
/// Users are identified by their Telegram account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum AccessCommand {
    /// Show how to write these commands.
    Help,
    Ban {
        account: i64,
        /// Duration of the lock; `None` means without end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        /// May be empty.
        #[serde(default)]
        reason: String,
    },
    Unban {
        account: i64,
    },
    /// List locked users.
    Banned,
    /// Make a user an administrator.
    Grant {
        account: i64,
    },
    /// Remove a user's administrator role.
    Revoke {
        account: i64,
    },
}

impl AccessCommand {
    /// Parses a command; `None` if it is not one of these. `reply_to` is the author of the message
    /// that the command replies to: the default target if the command names no account.
    pub fn parse(name: &str, rest: &str, reply_to: Option<AccountId>) -> Option<Self> {
        let (account, rest) = target_account(rest, reply_to);
        let about = |command: fn(i64) -> Self| account.map_or(Self::Help, command);
        Some(match name {
            "ban" => account
                .and_then(|account| ban(account, rest))
                .unwrap_or(Self::Help),
            "unban" => about(|account| Self::Unban { account }),
            "banned" => Self::Banned,
            "admin" => about(|account| Self::Grant { account }),
            "unadmin" => about(|account| Self::Revoke { account }),
            _ => return None,
        })
    }

    pub fn is_for_owners(&self) -> bool {
        match self {
            Self::Grant { .. } | Self::Revoke { .. } => true,
            Self::Help | Self::Ban { .. } | Self::Unban { .. } | Self::Banned => false,
        }
    }
}

/// The target account, and the text after it.
fn target_account(rest: &str, reply_to: Option<AccountId>) -> (Option<i64>, &str) {
    let rest = rest.trim();
    let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match first.parse::<i64>() {
        Ok(account) if account > 0 => (Some(account), behind.trim()),
        // A number that cannot be a user's account, for example a group's.
        Ok(_) => (None, rest),
        Err(_) => (reply_to.map(AccountId::get), rest),
    }
}

/// `[for 7d] [reason]`; `None` if `for` is not followed by a valid duration.
fn ban(account: i64, rest: &str) -> Option<AccessCommand> {
    let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (seconds, why) = match first.to_lowercase().as_str() {
        "for" | "на" => {
            let behind = behind.trim_start();
            let (time, why) = behind
                .split_once(char::is_whitespace)
                .unwrap_or((behind, ""));
            (Some(seconds(time)?), why)
        }
        _ => (None, rest),
    };
    Some(AccessCommand::Ban {
        account,
        seconds,
        reason: reason(why),
    })
}

/// `30m`, `12h`, `7d` or `2w`, with English or Russian unit letters.
fn seconds(time: &str) -> Option<u64> {
    let digits = time.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = time.split_at(digits);
    let unit = match unit.to_lowercase().as_str() {
        "m" | "м" => 60,
        "h" | "ч" => 3_600,
        "d" | "д" => 86_400,
        "w" | "н" => 7 * 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=LONGEST_SECONDS).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHOR: Option<AccountId> = Some(AccountId::new(77));

    fn ban(account: i64, seconds: Option<u64>, reason: &str) -> AccessCommand {
        AccessCommand::Ban {
            account,
            seconds,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn ban_takes_account_duration_and_reason() {
        let of = |rest| AccessCommand::parse("ban", rest, None).unwrap();
        assert_eq!(of("5"), ban(5, None, ""));
        assert_eq!(of("5 for 7d"), ban(5, Some(604_800), ""));
        assert_eq!(
            of("5 for 12h spam links"),
            ban(5, Some(43_200), "spam links")
        );
        assert_eq!(of("5 на 2н реклама"), ban(5, Some(1_209_600), "реклама"));
        assert_eq!(of("5 spam for days"), ban(5, None, "spam for days"));
        for wrong in [
            "",
            "-100500",
            "Ann",
            "5 for ever",
            "5 for",
            "5 for 0d",
            "5 for 99999999w",
        ] {
            assert_eq!(of(wrong), AccessCommand::Help, "{wrong}");
        }
    }

    #[test]
    fn explicit_account_overrides_reply_author() {
        let of = |name, rest| AccessCommand::parse(name, rest, AUTHOR).unwrap();
        assert_eq!(of("ban", "for 30m spam"), ban(77, Some(1_800), "spam"));
        assert_eq!(of("ban", ""), ban(77, None, ""));
        assert_eq!(of("ban", "5"), ban(5, None, ""));
        assert_eq!(of("unban", ""), AccessCommand::Unban { account: 77 });
        assert_eq!(of("admin", "5"), AccessCommand::Grant { account: 5 });
        assert_eq!(AccessCommand::parse("stats", "", AUTHOR), None);
    }

    #[test]
    fn reason_is_one_bounded_line() {
        let long = format!("5 a\n\u{202e}b {}", "x".repeat(900));
        let Some(AccessCommand::Ban { reason, .. }) = AccessCommand::parse("ban", &long, None)
        else {
            panic!("it is a ban");
        };
        assert!(reason.starts_with("a b x"), "{reason}");
        assert_eq!(reason.chars().count(), domain::access::REASON_CHARS);
    }
}
