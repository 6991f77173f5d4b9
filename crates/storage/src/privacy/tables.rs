//! The list of all tables, with the owner of their rows: deleting, exporting and retention read it.
//!
//! A test compares it with the schema, column by column, so that every new table and column needs a
//! decision whether it is personal.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalTable {
    pub name: &'static str,
    /// All columns, in their order.
    pub columns: &'static [&'static str],
    pub content: TableContent,
}

/// The owner of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableContent {
    /// No person's data, and the reason.
    NotPersonal(&'static str),
    Personal {
        /// The SQL condition for one person's rows: `{user}` is their id, `{chat}` their private
        /// chat.
        rows: &'static str,
        /// Rows that are kept without personal data.
        keep: Option<KeptRows>,
    },
}

/// Rows of a person that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptRows {
    /// The SQL condition for them.
    pub rows: &'static str,
    /// The SQL assignments that remove personal data from them.
    pub set: &'static str,
}

const fn personal(rows: &'static str) -> TableContent {
    TableContent::Personal { rows, keep: None }
}

const CAROUSELS: &str = "carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')";

/// All tables. A table comes before those that its conditions read.
pub const TABLES: &[PersonalTable] = &[
    PersonalTable {
        name: "events",
        columns: &[
            "seq",
            "id",
            "type",
            "source",
            "subject",
            "correlation_id",
            "causation_id",
            "time",
            "envelope",
            "published_at",
            "batch",
        ],
        // Whole chains, so that the chains of others stay complete.
        content: personal(
            "correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}') \
             OR correlation_id IN (SELECT correlation_id FROM events \
             WHERE envelope <> replace(envelope, '\"{user}\"', ''))",
        ),
    },
    PersonalTable {
        name: "chain_ends",
        columns: &["correlation_id", "event_id"],
        content: personal("correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}')"),
    },
    PersonalTable {
        name: "blob_holds",
        columns: &["holder", "name", "blob_key", "held_at"],
        content: personal(
            "holder = 'brand/{user}' OR holder LIKE 'session/%/{chat}' \
             OR holder IN (SELECT 'carousel/' || id FROM carousels WHERE user_id = '{user}') \
             OR holder IN (SELECT 'broadcast/' || id FROM broadcasts WHERE author_id = '{user}') \
             OR holder IN (SELECT 'update/' || bot_id || '/' || update_id FROM updates \
             WHERE chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', ''))",
        ),
    },
    PersonalTable {
        name: "deliveries",
        columns: &[
            "carousel_id",
            "revision",
            "part",
            "generation",
            "size",
            "arrived",
            "state",
            "attempt",
            "reason",
            "chat_id",
            "messages",
            "created_at",
            "updated_at",
        ],
        content: personal(
            "chat_id = {chat} \
             OR carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')",
        ),
    },
    PersonalTable {
        name: "quota_reservations",
        columns: &["carousel_id", "user_id", "day", "reserved_at", "released_at"],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "blob_refs",
        columns: &["carousel_id", "revision", "part", "position", "blob_key", "bytes"],
        content: personal(CAROUSELS),
    },
    PersonalTable {
        name: "revisions",
        columns: &[
            "carousel_id",
            "revision",
            "draft",
            "analysis",
            "provider",
            "created_at",
            "theme",
            "intent",
        ],
        content: personal(CAROUSELS),
    },
    PersonalTable {
        name: "carousels",
        columns: &[
            "id",
            "user_id",
            "source",
            "brief",
            "theme",
            "language",
            "format",
            "state",
            "outcome",
            "reason",
            "provider",
            "revision",
            "run_id",
            "created_at",
            "updated_at",
            "closed_at",
        ],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "recipients",
        columns: &[
            "broadcast_id",
            "user_id",
            "chat_id",
            "state",
            "attempt",
            "reason",
            "message_id",
            "updated_at",
        ],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "broadcasts",
        columns: &[
            "id",
            "author_id",
            "bot_id",
            "message",
            "state",
            "created_at",
            "updated_at",
            "ended_at",
        ],
        content: personal("author_id = '{user}'"),
    },
    PersonalTable {
        name: "updates",
        columns: &[
            "bot_id",
            "update_id",
            "chat_id",
            "state",
            "command",
            "reason",
            "received_at",
            "decided_at",
            "finished_at",
            "body",
            "owner",
        ],
        // The row records that the update was processed: without it, a redelivery by Telegram would
        // be new.
        content: TableContent::Personal {
            rows: "chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', '')",
            keep: Some(KeptRows {
                rows: "true",
                set: "chat_id = CASE WHEN finished_at IS NULL THEN chat_id END, \
                      command = CASE WHEN finished_at IS NULL THEN command \
                      ELSE '{\"do\":\"nothing\"}' END, reason = NULL",
            }),
        },
    },
    PersonalTable {
        name: "sessions",
        columns: &[
            "bot_id",
            "chat_id",
            "record",
            "version",
            "created_at",
            "updated_at",
            "expires_at",
        ],
        content: personal("chat_id = {chat}"),
    },
    PersonalTable {
        name: "subscriptions",
        columns: &[
            "id",
            "user_id",
            "bot_id",
            "chat_id",
            "cadence",
            "time_zone",
            "topic",
            "paused",
            "created_at",
            "updated_at",
            "thread_id",
            "pause_reason",
        ],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "usage_entries",
        columns: &[
            "id",
            "user_id",
            "day",
            "provider",
            "model",
            "tokens_in",
            "tokens_out",
            "cost_micros",
            "at",
        ],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "admissions",
        columns: &[
            "id",
            "user_id",
            "workflow",
            "kind",
            "day",
            "reserved",
            "allowance",
            "reserved_at",
            "settled_at",
        ],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "uploads",
        columns: &["id", "user_id", "day", "bytes", "at"],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "settings",
        columns: &["user_id", "record", "updated_at"],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "brands",
        columns: &["user_id", "record", "updated_at"],
        content: personal("user_id = '{user}'"),
    },
    PersonalTable {
        name: "users",
        columns: &[
            "id",
            "account_id",
            "language",
            "is_admin",
            "blocked",
            "unreachable_since",
            "created_at",
            "updated_at",
            "wants_news",
            "lock_reason",
            "lock_until",
            "lock_by",
            "locked_at",
            "lock_told",
        ],
        // A ban that its person could delete would have no effect.
        content: TableContent::Personal {
            rows: "id = '{user}'",
            keep: Some(KeptRows {
                rows: "blocked",
                set: "language = NULL, unreachable_since = NULL, wants_news = false",
            }),
        },
    },
    PersonalTable {
        name: "erasures",
        columns: &[
            "user_key",
            "state",
            "asked_at",
            "ended_at",
            "day",
            "carousels",
            "cost_micros",
            "requests",
            "upload_bytes",
        ],
        content: TableContent::NotPersonal(
            "a digest of an id and the sums of a day, until midnight UTC",
        ),
    },
    PersonalTable {
        name: "erased_blobs",
        columns: &["blob_key", "marked_at"],
        content: TableContent::NotPersonal("digests of contents that the collector deletes next"),
    },
    PersonalTable {
        name: "consumers",
        columns: &["name", "batch", "seq", "created_at", "updated_at"],
        content: TableContent::NotPersonal("how far the outbox's readers are"),
    },
    PersonalTable {
        name: "counters",
        columns: &["name", "value"],
        content: TableContent::NotPersonal("numbers that only rise"),
    },
    PersonalTable {
        name: "leases",
        columns: &["name", "holder", "epoch", "acquired_at", "expires_at"],
        content: TableContent::NotPersonal(
            "which process does what only one may do; the number of a stranger who was refused, for a day",
        ),
    },
    PersonalTable {
        name: "paces",
        columns: &["bot_id", "sent"],
        content: TableContent::NotPersonal("how fast each bot has sent lately"),
    },
    PersonalTable {
        name: "owners",
        columns: &["process", "host", "name", "pid", "beat_at"],
        content: TableContent::NotPersonal("which processes have a SQLite file open"),
    },
    PersonalTable {
        name: "seaql_migrations",
        columns: &["version", "applied_at"],
        content: TableContent::NotPersonal("the schema's version"),
    },
];
