//! Parses administrators' access commands: `/ban`, `/unban`, `/banned`, `/limit`, `/allow`,
//! `/disallow`, `/admin`, `/unadmin`.

use domain::{AccountId, access::reason};
use telegram::action::AccessAction;

/// Longest temporary lock.
const LONGEST_SECONDS: u64 = 10 * 365 * 86_400;

/// Parses a command; `None` if it is not one of these. `reply_to` is the author of the message that
/// the command replies to: the default target if the command names no account.
pub fn parse(name: &str, rest: &str, reply_to: Option<AccountId>) -> Option<AccessAction> {
    let (account, rest) = target_account(rest, reply_to);
    let about = |action: fn(AccountId) -> AccessAction| account.map_or(AccessAction::Help, action);
    Some(match name {
        "ban" => account.and_then(|account| ban(account, rest)).unwrap_or(AccessAction::Help),
        "unban" => about(|account| AccessAction::Unban { account }),
        "banned" => AccessAction::Banned,
        "limit" => account.and_then(|account| limit(account, rest)).unwrap_or(AccessAction::Help),
        "allow" => about(|account| AccessAction::Allow { account }),
        "disallow" => about(|account| AccessAction::Disallow { account }),
        "admin" => about(|account| AccessAction::Grant { account }),
        "unadmin" => about(|account| AccessAction::Revoke { account }),
        _ => return None,
    })
}

/// The target account, and the text after it.
fn target_account(rest: &str, reply_to: Option<AccountId>) -> (Option<AccountId>, &str) {
    let rest = rest.trim();
    let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match first.parse::<i64>() {
        Ok(account) if account > 0 => (Some(AccountId::new(account)), behind.trim()),
        // A number that cannot be a user's account, for example a group's.
        Ok(_) => (None, rest),
        Err(_) => (reply_to, rest),
    }
}

/// A number of carousels, or `off`; `None` for anything else.
fn limit(account: AccountId, rest: &str) -> Option<AccessAction> {
    let carousels = match rest.to_lowercase().as_str() {
        "off" | "нет" => None,
        number => Some(number.parse().ok()?),
    };
    Some(AccessAction::Limit { account, carousels })
}

/// `[for 7d] [reason]`; `None` if `for` is not followed by a valid duration.
fn ban(account: AccountId, rest: &str) -> Option<AccessAction> {
    let (first, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (seconds, why) = match first.to_lowercase().as_str() {
        "for" | "на" => {
            let behind = behind.trim_start();
            let (time, why) = behind.split_once(char::is_whitespace).unwrap_or((behind, ""));
            (Some(seconds(time)?), why)
        }
        _ => (None, rest),
    };
    Some(AccessAction::Ban { account, seconds, reason: reason(why) })
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

    fn ban(account: i64, seconds: Option<u64>, reason: &str) -> AccessAction {
        AccessAction::Ban { account: AccountId::new(account), seconds, reason: reason.to_owned() }
    }

    #[test]
    fn ban_takes_account_duration_and_reason() {
        let of = |rest| parse("ban", rest, None).unwrap();
        assert_eq!(of("5"), ban(5, None, ""));
        assert_eq!(of("5 for 7d"), ban(5, Some(604_800), ""));
        assert_eq!(of("5 for 12h spam links"), ban(5, Some(43_200), "spam links"));
        assert_eq!(of("5 на 2н реклама"), ban(5, Some(1_209_600), "реклама"));
        assert_eq!(of("5 spam for days"), ban(5, None, "spam for days"));
        for wrong in ["", "-100500", "Ann", "5 for ever", "5 for", "5 for 0d", "5 for 99999999w"] {
            assert_eq!(of(wrong), AccessAction::Help, "{wrong}");
        }
    }

    #[test]
    fn explicit_account_overrides_reply_author() {
        let of = |name, rest| parse(name, rest, AUTHOR).unwrap();
        assert_eq!(of("ban", "for 30m spam"), ban(77, Some(1_800), "spam"));
        assert_eq!(of("ban", ""), ban(77, None, ""));
        assert_eq!(of("ban", "5"), ban(5, None, ""));
        assert_eq!(of("unban", ""), AccessAction::Unban { account: AccountId::new(77) });
        assert_eq!(of("admin", "5"), AccessAction::Grant { account: AccountId::new(5) });
        assert_eq!(parse("stats", "", AUTHOR), None);
    }

    #[test]
    fn limit_takes_account_and_number() {
        let limit = |account, carousels| {
            let account = AccountId::new(account);
            Some(AccessAction::Limit { account, carousels })
        };
        assert_eq!(parse("limit", "5 3", None), limit(5, Some(3)));
        assert_eq!(parse("limit", "5 0", None), limit(5, Some(0)));
        assert_eq!(parse("limit", "5 OFF", None), limit(5, None));
        assert_eq!(parse("limit", "12345 off", AUTHOR), limit(12_345, None));
        assert_eq!(parse("limit", "off", AUTHOR), limit(77, None));
        for wrong in ["", "5", "5 many", "5 -1", "-100 3"] {
            assert_eq!(parse("limit", wrong, None), Some(AccessAction::Help), "{wrong}");
        }
        let account = AccountId::new(5);
        assert_eq!(parse("allow", "5", None), Some(AccessAction::Allow { account }));
        assert_eq!(parse("disallow", "5", None), Some(AccessAction::Disallow { account }));
        assert_eq!(parse("allow", "", None), Some(AccessAction::Help));
    }

    #[test]
    fn reason_is_one_bounded_line() {
        let long = format!("5 a\n\u{202e}b {}", "x".repeat(900));
        let Some(AccessAction::Ban { reason, .. }) = parse("ban", &long, None) else {
            panic!("it is a ban");
        };
        assert!(reason.starts_with("a b x"), "{reason}");
        assert_eq!(reason.chars().count(), domain::access::REASON_CHARS);
    }
}
