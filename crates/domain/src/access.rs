//! Who may use the product. One decision, taken wherever work begins: an update, a schedule, a broadcast's
//! recipient, a carousel, a change to one, a question. Pure: what is configured, what is stored and the time
//! come in.

use std::time::SystemTime;

use crate::{AccountId, text::fold};

/// Longest reason for a lock, in characters.
pub const REASON_CHARS: usize = 200;

/// The access list of the configuration: `BOT_ALLOWED` and `BOT_ADMINS`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessList {
    /// Accounts that may use the bot; everybody if it is empty.
    pub allowed: Vec<i64>,
    /// Accounts of the owners.
    pub owners: Vec<i64>,
}

/// An administrator's decision that a person may not use the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Why, in the administrator's words; may be empty.
    pub reason: String,
    /// When it ends; never if there is none.
    pub until: Option<SystemTime>,
    /// The administrator's account; 0 if it is not known.
    pub by: AccountId,
    /// When it began.
    pub at: SystemTime,
}

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Named in `BOT_ADMINS`: everything, and nobody can lock them.
    Owner,
    /// Made an administrator by an owner.
    Administrator,
    /// Use it.
    Allowed,
    /// Nothing.
    Refused(Refusal),
}

/// Why a person may do nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `BOT_ALLOWED` names others.
    NotListed,
    /// An administrator has locked them.
    Locked(Lock),
}

/// A reason as it is stored: one line without control characters, cut to [`REASON_CHARS`].
pub fn reason(raw: &str) -> String {
    fold(raw).chars().take(REASON_CHARS).collect()
}

impl Lock {
    /// Whether it is in force.
    pub fn holds(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl AccessList {
    /// Whether this account is an owner's.
    pub fn is_owner(&self, account: AccountId) -> bool {
        self.owners.contains(&account.get())
    }

    /// Decides. Who has no Telegram account sits at the command line, or is the bot itself: the list does
    /// not speak of them.
    pub fn decide(
        &self,
        account: Option<AccountId>,
        is_admin: bool,
        lock: Option<&Lock>,
        now: SystemTime,
    ) -> Access {
        if account.is_some_and(|account| self.is_owner(account)) {
            return Access::Owner;
        }
        if let Some(lock) = lock.filter(|lock| lock.holds(now)) {
            return Access::Refused(Refusal::Locked(lock.clone()));
        }
        let listed =
            |account: AccountId| self.allowed.is_empty() || self.allowed.contains(&account.get());
        match account {
            Some(_) if is_admin => Access::Administrator,
            Some(account) if !listed(account) => Access::Refused(Refusal::NotListed),
            Some(_) | None => Access::Allowed,
        }
    }
}

impl Access {
    /// Whether the person may do what administrators do.
    pub fn administers(&self) -> bool {
        match self {
            Self::Owner | Self::Administrator => true,
            Self::Allowed | Self::Refused(_) => false,
        }
    }

    /// Why the person may do nothing, if that is so.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Owner | Self::Administrator | Self::Allowed => None,
        }
    }
}

/// For operators. The administrator's words are not part of it: this goes into histories.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotListed => "the person is not on the access list (BOT_ALLOWED)",
            Self::Locked(_) => "an administrator has locked the person",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const OWNER: AccountId = AccountId::new(1);
    const GUEST: AccountId = AccountId::new(2);
    const STRANGER: AccountId = AccountId::new(3);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn list(allowed: &[i64]) -> AccessList {
        AccessList {
            allowed: allowed.to_vec(),
            owners: vec![OWNER.get()],
        }
    }

    fn lock(until: Option<u64>) -> Lock {
        Lock {
            reason: "spam".to_owned(),
            until: until.map(at),
            by: OWNER,
            at: at(0),
        }
    }

    #[test]
    fn list_names_who_is_allowed() {
        let decide = |allowed: &[i64], account, is_admin| {
            list(allowed).decide(Some(account), is_admin, None, at(5))
        };
        assert_eq!(decide(&[], STRANGER, false), Access::Allowed);
        assert_eq!(decide(&[2], GUEST, false), Access::Allowed);
        let refused = Access::Refused(Refusal::NotListed);
        assert_eq!(decide(&[2], STRANGER, false), refused);
        assert_eq!(decide(&[2], STRANGER, true), Access::Administrator);
        assert_eq!(decide(&[2], OWNER, false), Access::Owner);
    }

    #[test]
    fn lock_counts_until_it_ends_and_never_for_owners() {
        let decide = |account, is_admin, lock: &Lock, now| {
            list(&[]).decide(Some(account), is_admin, Some(lock), at(now))
        };
        let locked = |lock: Lock| Access::Refused(Refusal::Locked(lock));
        let (week, forever) = (lock(Some(7)), lock(None));
        assert_eq!(decide(GUEST, false, &week, 6), locked(week.clone()));
        assert_eq!(decide(GUEST, false, &week, 7), Access::Allowed);
        assert_eq!(decide(GUEST, true, &week, 6), locked(week.clone()));
        assert_eq!(decide(GUEST, true, &week, 7), Access::Administrator);
        assert_eq!(decide(GUEST, false, &forever, 900), locked(forever.clone()));
        assert_eq!(decide(OWNER, false, &forever, 5), Access::Owner);
    }

    #[test]
    fn command_line_is_not_on_the_list() {
        assert_eq!(list(&[2]).decide(None, false, None, at(5)), Access::Allowed);
    }
}
