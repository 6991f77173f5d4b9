//! The list of all tables, with the owner of their rows: deleting, exporting and retention read it.
//!
//! A test compares it with the schema, column by column, so that every new table and column needs a
//! decision whether it is personal.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// All columns, in their order.
    pub columns: &'static [&'static str],
    pub content: Content,
}

/// The owner of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// No person's data, and the reason.
    Nobody(&'static str),
    People {
        /// The SQL condition for one person's rows: `{user}` is their id, `{chat}` their private
        /// chat.
        rows: &'static str,
        /// Rows that are kept without personal data.
        keep: Option<Keep>,
    },
}

/// Rows of a person that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The SQL condition for them.
    pub rows: &'static str,
    /// The SQL assignments that remove personal data from them.
    pub set: &'static str,
}

const fn people(rows: &'static str) -> Content {
    Content::People { rows, keep: None }
}

const CAROUSELS: &str = "carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')";

/// All tables. A table comes before those that its conditions read.
pub const TABLES: &[Table] = &[
    Table {
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
        content: people(
            "correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}') \
             OR correlation_id IN (SELECT correlation_id FROM events \
             WHERE envelope <> replace(envelope, '\"{user}\"', ''))",
        ),
    },
    Table {
        name: "chain_ends",
        columns: &["correlation_id", "event_id"],
        content: people("correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}')"),
    },
    Table {
        name: "blob_holds",
        columns: &["holder", "name", "blob_key", "held_at"],
        content: people(
            "holder = 'brand/{user}' OR holder LIKE 'session/%/{chat}' \
             OR holder IN (SELECT 'carousel/' || id FROM carousels WHERE user_id = '{user}') \
             OR holder IN (SELECT 'broadcast/' || id FROM broadcasts WHERE author_id = '{user}') \
             OR holder IN (SELECT 'update/' || bot_id || '/' || update_id FROM updates \
             WHERE chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', ''))",
        ),
    },
    Table {
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
        content: people(
            "chat_id = {chat} \
             OR carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')",
        ),
    },
    Table {
        name: "quota_reservations",
        columns: &[
            "carousel_id",
            "user_id",
            "day",
            "reserved_at",
            "released_at",
        ],
        content: people("user_id = '{user}'"),
    },
    Table {
        name: "blob_refs",
        columns: &[
            "carousel_id",
            "revision",
            "part",
            "position",
            "blob_key",
            "bytes",
        ],
        content: people(CAROUSELS),
    },
    Table {
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
        content: people(CAROUSELS),
    },
    Table {
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
        content: people("user_id = '{user}'"),
    },
    Table {
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
        content: people("user_id = '{user}'"),
    },
    Table {
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
        content: people("author_id = '{user}'"),
    },
    Table {
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
        content: Content::People {
            rows: "chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', '')",
            keep: Some(Keep {
                rows: "true",
                set: "chat_id = CASE WHEN finished_at IS NULL THEN chat_id END, \
                      command = CASE WHEN finished_at IS NULL THEN command \
                      ELSE '{\"do\":\"nothing\"}' END, reason = NULL",
            }),
        },
    },
    Table {
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
        content: people("chat_id = {chat}"),
    },
    Table {
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
        content: people("user_id = '{user}'"),
    },
    Table {
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
        content: people("user_id = '{user}'"),
    },
    Table {
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
        content: people("user_id = '{user}'"),
    },
    Table {
        name: "uploads",
        columns: &["id", "user_id", "day", "bytes", "at"],
        content: people("user_id = '{user}'"),
    },
    Table {
        name: "settings",
        columns: &["user_id", "record", "updated_at"],
        content: people("user_id = '{user}'"),
    },
    Table {
        name: "brands",
        columns: &["user_id", "record", "updated_at"],
        content: people("user_id = '{user}'"),
    },
    Table {
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
        content: Content::People {
            rows: "id = '{user}'",
            keep: Some(Keep {
                rows: "blocked",
                set: "language = NULL, unreachable_since = NULL, wants_news = false",
            }),
        },
    },
    Table {
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
        content: Content::Nobody("a digest of an id and the sums of a day, until midnight UTC"),
    },
    Table {
        name: "erased_blobs",
        columns: &["blob_key", "marked_at"],
        content: Content::Nobody("digests of contents that the collector deletes next"),
    },
    Table {
        name: "consumers",
        columns: &["name", "batch", "seq", "created_at", "updated_at"],
        content: Content::Nobody("how far the outbox's readers are"),
    },
    Table {
        name: "counters",
        columns: &["name", "value"],
        content: Content::Nobody("numbers that only rise"),
    },
    Table {
        name: "leases",
        columns: &["name", "holder", "epoch", "acquired_at", "expires_at"],
        content: Content::Nobody(
            "which process does what only one may do; the number of a stranger who was refused, for a day",
        ),
    },
    Table {
        name: "paces",
        columns: &["bot_id", "sent"],
        content: Content::Nobody("how fast each bot has sent lately"),
    },
    Table {
        name: "owners",
        columns: &["process", "host", "name", "pid", "beat_at"],
        content: Content::Nobody("which processes have a SQLite file open"),
    },
    Table {
        name: "seaql_migrations",
        columns: &["version", "applied_at"],
        content: Content::Nobody("the schema's version"),
    },
];
