//! Ids. Each is a type of its own, so that one can't be passed for another.

use std::fmt;

use crate::{AccountId, BotId, limits::ID_BYTES};

/// The id of a carousel: its workflow id, database key and folder name. `carousel-<source>-<key>`,
/// of letters, digits, `-`, `_` and `.`.
///
/// It never contains a run id, so that a workflow that is reset or retried finds its own rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CarouselId(String);

/// Where a request came from; the source in a [`CarouselId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestSource {
    /// A Telegram message: the key is `<bot>-<chat>-<message>`.
    Telegram,
    /// "Again" on an earlier carousel: the key is `<bot>-<chat>-<message>-<button>`.
    Again,
    /// The HTTP API: the key is `<digest of the owner>-<idempotency key>`.
    Api,
    /// A request event: the key is the event's id.
    Event,
    /// A schedule: the key is `<schedule>-<time>`.
    Schedule,
    /// The command line: the key is a UUIDv7.
    Cli,
}

crate::named!(RequestSource, "source", {
    Telegram => "tg",
    Again => "again",
    Api => "api",
    Event => "event",
    Schedule => "sched",
    Cli => "cli",
});

/// The requester's pseudonym: `local` on a command line, `tg-<account>` in a chat, `bot-<id>` for
/// the bot itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(String);

/// The id of one attempt to send. No two attempts share one, not even after a reset or a restart;
/// use a UUIDv7 that is drawn when the attempt begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttemptId(String);

/// The name of a notice: its kind, or `<kind>-<detail>`, such as `ready-2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoticeId(String);

/// What a notice shows of its carousel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// Its progress: the gateway sends it, and the delivery pool updates it.
    Progress,
    /// Its draft for review; one per revision.
    Draft,
    /// The buttons of a delivered album, by generation.
    Ready,
    /// The question about an unknown delivery, by the generation that it offers.
    Unknown,
    /// The confirmation of an edit, by its intent.
    EditRequest,
    /// The confirmation that a draft is drawn, by revision.
    DrawRequest,
    /// The result of an edit, by its intent.
    Edit,
    /// An original file: `<intent>-<slide or file name>`.
    File,
    /// A user's data.
    Export,
    /// A carousel could not be stopped, so both come.
    Both,
}

crate::named!(NoticeKind, "kind of notice", {
    Progress => "status",
    Draft => "draft",
    Ready => "ready",
    Unknown => "unknown",
    EditRequest => "wish",
    DrawRequest => "drawing",
    Edit => "change",
    File => "files",
    Export => "export",
    Both => "both",
});

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BroadcastId(String);

/// The key of a stored file, made from its contents: its SHA-256 as 64 hexadecimal digits, a dot
/// and the file name's extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

/// Why a string is not a valid id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{id}” is not a valid {what}: {why}")]
pub struct IdError {
    /// The kind of id, such as `user id`.
    pub what: &'static str,
    /// The rejected text, cut to 80 characters.
    pub id: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl CarouselId {
    /// The id of a request that `source` identifies by `key`.
    ///
    /// # Errors
    /// [`IdError`] if the key is empty, too long, or has a character that ids do not allow.
    pub fn new(source: RequestSource, key: &str) -> Result<Self, IdError> {
        Self::parse(&format!("carousel-{source}-{key}"))
    }

    /// Reads an id.
    ///
    /// # Errors
    /// [`IdError`] with the reason.
    pub fn parse(id: &str) -> Result<Self, IdError> {
        const WHAT: &str = "carousel id";
        let rest = id
            .strip_prefix("carousel-")
            .ok_or_else(|| id_error(WHAT, id, "it has to look like carousel-<source>-<key>"))?;
        let known = RequestSource::ALL.iter().any(|source| {
            rest.strip_prefix(source.name())
                .is_some_and(|key| key.len() > 1 && key.starts_with('-'))
        });
        if !known {
            return Err(id_error(WHAT, id, "its source is unknown or its key is missing"));
        }
        plain(WHAT, id).map(Self)
    }

    pub fn source(&self) -> RequestSource {
        let rest = &self.0["carousel-".len()..];
        *RequestSource::ALL
            .iter()
            .find(|source| rest.strip_prefix(source.name()).is_some_and(|k| k.starts_with('-')))
            .expect("`parse` accepts only known sources")
    }
}

impl UserId {
    /// The user of the command line.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// The bot itself, for work that no person requested.
    pub fn of_bot(bot: BotId) -> Self {
        Self(format!("bot-{bot}"))
    }

    /// The person with this Telegram account.
    pub fn of_account(account: AccountId) -> Self {
        Self(format!("tg-{account}"))
    }

    /// The Telegram account, if the id names one.
    pub fn account(&self) -> Option<AccountId> {
        let number = self.0.strip_prefix("tg-")?;
        number.parse().ok().map(AccountId::new)
    }
}

/// Ids with no rule but [`plain`].
macro_rules! plain_ids {
    ($($id:ident = $what:literal),+ $(,)?) => {$(
        impl $id {
            ///
            ///
            /// # Errors
            /// [`IdError`] with the reason.
            pub fn parse(id: &str) -> Result<Self, IdError> {
                plain($what, id).map(Self)
            }
        }
    )+};
}
plain_ids!(
    UserId = "user id",
    AttemptId = "attempt",
    NoticeId = "notice",
    SubscriptionId = "subscription id",
    BroadcastId = "broadcast id",
);

impl NoticeId {
    /// # Errors
    /// [`IdError`] if an id can't contain the detail.
    pub fn new(kind: NoticeKind, detail: impl fmt::Display) -> Result<Self, IdError> {
        Self::parse(&format!("{kind}-{detail}"))
    }

    /// `None` for other notices, such as the end of a carousel, whose name is its outcome.
    pub fn kind(&self) -> Option<NoticeKind> {
        self.0.split('-').next()?.parse().ok()
    }

    /// What follows the kind; empty if nothing does.
    pub fn detail(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, detail)| detail)
    }
}

/// A notice that a carousel has once.
impl From<NoticeKind> for NoticeId {
    fn from(kind: NoticeKind) -> Self {
        Self(kind.name().to_owned())
    }
}

impl BlobKey {
    ///
    ///
    /// # Errors
    /// [`IdError`] if the extension is not lower-case letters and digits.
    pub fn new(sha256: &[u8; 32], extension: &str) -> Result<Self, IdError> {
        use fmt::Write as _;
        let mut key = String::with_capacity(70);
        for byte in sha256 {
            write!(key, "{byte:02x}").expect("writing to a string can't fail");
        }
        write!(key, ".{extension}").expect("writing to a string can't fail");
        Self::parse(&key)
    }

    ///
    ///
    /// # Errors
    /// [`IdError`] with the reason.
    pub fn parse(key: &str) -> Result<Self, IdError> {
        const WHAT: &str = "blob key";
        let (digest, extension) = key
            .split_once('.')
            .ok_or_else(|| id_error(WHAT, key, "it has to look like <sha-256>.<extension>"))?;
        let lower_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if digest.len() != 64 || !digest.bytes().all(lower_hex) {
            return Err(id_error(WHAT, key, "its digest is not 64 lower-case hexadecimal digits"));
        }
        let lower = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase();
        if !(1..=8).contains(&extension.len()) || !extension.bytes().all(lower) {
            return Err(id_error(WHAT, key, "its extension is not 1 to 8 letters or digits"));
        }
        Ok(Self(key.to_owned()))
    }

    /// The SHA-256 in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.0[..64]
    }
}

macro_rules! shown_as_text {
    ($($id:ident),+) => {$(
        crate::text::wraps_text!($id);

        impl std::str::FromStr for $id {
            type Err = IdError;

            fn from_str(id: &str) -> Result<Self, IdError> {
                Self::parse(id)
            }
        }
    )+};
}
shown_as_text!(CarouselId, UserId, BlobKey, AttemptId, NoticeId, SubscriptionId, BroadcastId);

fn id_error(what: &'static str, id: &str, why: &'static str) -> IdError {
    IdError { what, id: id.chars().take(80).collect(), why }
}

/// Checks `id`: letters, digits, `-`, `_`, `.`, at most [`ID_BYTES`], not starting with a dot. So
/// an id is a safe folder name, URL segment and metric label without escaping.
fn plain(what: &'static str, id: &str) -> Result<String, IdError> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    if id.is_empty() || id.starts_with('.') {
        Err(id_error(what, id, "it is empty or begins with a dot"))
    } else if id.len() > ID_BYTES {
        Err(id_error(what, id, "it is longer than 200 bytes"))
    } else if !id.bytes().all(allowed) {
        Err(id_error(what, id, "it may hold only letters, digits, “-”, “_” and “.”"))
    } else {
        Ok(id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carousel_id_contains_its_source() {
        let id = CarouselId::new(RequestSource::Cli, "0193-abc").unwrap();
        assert_eq!(id.as_str(), "carousel-cli-0193-abc");
        assert_eq!(id.source(), RequestSource::Cli);
        assert_eq!(CarouselId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn id_rejects_unsafe_text() {
        for bad in [
            "",
            "carousel-cli-",
            "carousel-cli-../x",
            "carousel-cli-a b",
            "carousel-cli-a'b",
            "carousel-who-1",
            "x",
            &format!("carousel-cli-{}", "1".repeat(300)),
        ] {
            assert!(CarouselId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn blob_key_has_digest_and_extension() {
        let key = BlobKey::new(&[0xab; 32], "jpg").unwrap();
        assert_eq!(key.digest(), "ab".repeat(32));
        assert_eq!(BlobKey::parse(key.as_str()), Ok(key));
        for bad in ["ab.jpg", &format!("{}.j/g", "ab".repeat(32)), &"ab".repeat(33)] {
            assert!(BlobKey::parse(bad).is_err(), "{bad}");
        }
    }
}
