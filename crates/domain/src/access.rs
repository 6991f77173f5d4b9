//! The access decision: who may use the product. Every entry point makes it: an update, a schedule,
//! a broadcast's recipient, a carousel, an edit, a question. It is pure: the configuration, the
//! stored rows and the time are arguments.

use std::time::SystemTime;

use crate::{AccountId, text::fold};

/// Maximum length of a lock's reason, in characters.
pub const REASON_CHARS: usize = 200;

/// The access list from `BOT_ALLOWED` and `BOT_ADMINS`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessList {
    /// Accounts that may use the bot. If it is empty, everyone may.
    pub allowed: Vec<i64>,
    /// Accounts in `BOT_ADMINS`.
    pub owners: Vec<i64>,
}

/// An administrator's decision to block a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLock {
    /// The administrator's text; may be empty.
    pub reason: String,
    /// `None`: it never ends.
    pub until: Option<SystemTime>,
    /// The administrator's account; 0 if it is unknown.
    pub by: AccountId,
    pub at: SystemTime,
}

/// What is stored about a person's access; by default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredAccess<'a> {
    pub is_admin: bool,
    /// An owner has let in a person whom `BOT_ALLOWED` does not list.
    pub is_allowed: bool,
    pub lock: Option<&'a AccessLock>,
}

/// What a person may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Listed in `BOT_ADMINS`. May do everything and can't be locked.
    Owner,
    /// Made an administrator by an owner.
    Administrator,
    /// May use the product, without administrator rights.
    Allowed,
    Refused(AccessRefusal),
}

/// Why a person has no access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessRefusal {
    /// `BOT_ALLOWED` is set and does not list the account.
    NotListed,
    Locked(AccessLock),
}

/// The reason in its stored form: one line without control characters, cut to [`REASON_CHARS`].
pub fn reason(raw: &str) -> String {
    fold(raw).chars().take(REASON_CHARS).collect()
}

impl AccessLock {
    /// Whether the lock is in force at `now`.
    pub fn is_active(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl AccessList {
    pub fn is_owner(&self, account: AccountId) -> bool {
        self.owners.contains(&account.get())
    }

    /// Decides what `account` may do. `None` is the command line or the bot itself, which the
    /// access list does not cover.
    pub fn decide(
        &self,
        account: Option<AccountId>,
        stored: &StoredAccess<'_>,
        now: SystemTime,
    ) -> Access {
        let StoredAccess { is_admin, is_allowed, lock } = *stored;
        if account.is_some_and(|account| self.is_owner(account)) {
            return Access::Owner;
        }
        if let Some(lock) = lock.filter(|lock| lock.is_active(now)) {
            return Access::Refused(AccessRefusal::Locked(lock.clone()));
        }
        let listed =
            |account: AccountId| self.allowed.is_empty() || self.allowed.contains(&account.get());
        match account {
            Some(_) if is_admin => Access::Administrator,
            Some(account) if !is_allowed && !listed(account) => {
                Access::Refused(AccessRefusal::NotListed)
            }
            Some(_) | None => Access::Allowed,
        }
    }
}

impl Access {
    /// Whether the person has administrator rights.
    pub fn is_administrator(&self) -> bool {
        match self {
            Self::Owner | Self::Administrator => true,
            Self::Allowed | Self::Refused(_) => false,
        }
    }

    /// The reason why the person has no access, if access is refused.
    pub fn refusal(&self) -> Option<&AccessRefusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Owner | Self::Administrator | Self::Allowed => None,
        }
    }
}

/// For operators. It omits the administrator's text, because this string goes into workflow
/// histories.
impl std::fmt::Display for AccessRefusal {
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
        AccessList { allowed: allowed.to_vec(), owners: vec![OWNER.get()] }
    }

    fn lock(until: Option<u64>) -> AccessLock {
        AccessLock { reason: "spam".to_owned(), until: until.map(at), by: OWNER, at: at(0) }
    }

    #[test]
    fn access_list_limits_who_is_allowed() {
        let decide = |allowed: &[i64], account, is_admin| {
            let stored = StoredAccess { is_admin, ..StoredAccess::default() };
            list(allowed).decide(Some(account), &stored, at(5))
        };
        assert_eq!(decide(&[], STRANGER, false), Access::Allowed);
        assert_eq!(decide(&[2], GUEST, false), Access::Allowed);
        let refused = Access::Refused(AccessRefusal::NotListed);
        assert_eq!(decide(&[2], STRANGER, false), refused);
        assert_eq!(decide(&[2], STRANGER, true), Access::Administrator);
        assert_eq!(decide(&[2], OWNER, false), Access::Owner);
    }

    #[test]
    fn lock_expires_and_never_applies_to_owners() {
        let decide = |account, is_admin, lock: &AccessLock, now| {
            let stored = StoredAccess { is_admin, lock: Some(lock), is_allowed: true };
            list(&[2]).decide(Some(account), &stored, at(now))
        };
        let locked = |lock: AccessLock| Access::Refused(AccessRefusal::Locked(lock));
        let (week, forever) = (lock(Some(7)), lock(None));
        assert_eq!(decide(GUEST, false, &week, 6), locked(week.clone()));
        assert_eq!(decide(GUEST, false, &week, 7), Access::Allowed);
        assert_eq!(decide(GUEST, true, &week, 6), locked(week.clone()));
        assert_eq!(decide(GUEST, true, &week, 7), Access::Administrator);
        assert_eq!(decide(GUEST, false, &forever, 900), locked(forever.clone()));
        assert_eq!(decide(OWNER, false, &forever, 5), Access::Owner);
    }

    #[test]
    fn command_line_ignores_access_list() {
        let nothing = StoredAccess::default();
        assert_eq!(list(&[2]).decide(None, &nothing, at(5)), Access::Allowed);
    }

    #[test]
    fn owner_lets_in_a_person_who_is_not_listed() {
        let let_in = StoredAccess { is_allowed: true, ..StoredAccess::default() };
        let decided = list(&[2]).decide(Some(STRANGER), &let_in, at(5));
        assert_eq!(decided, Access::Allowed);
    }
}
