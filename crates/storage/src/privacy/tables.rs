//! The list of all tables, with the owner of their rows: deleting, exporting and retention read it.
//!
//! A test compares it with the schema, column by column, so that every new table and column needs a
//! decision whether it is personal.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalTable {
    pub name: &'static str,
    /// All columns, in their order, separated by spaces.
    columns: &'static str,
    pub content: TableContent,
}

impl PersonalTable {
    /// All columns, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.split_whitespace()
    }
}

const fn table(name: &'static str, columns: &'static str, content: TableContent) -> PersonalTable {
    PersonalTable { name, columns, content }
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

const OF_USER: TableContent = personal("user_id = '{user}'");

const CAROUSELS: &str = "carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')";

/// All tables. A table comes before those that its conditions read.
pub const TABLES: &[PersonalTable] = &[
    table(
        "events",
        "seq id type source subject correlation_id causation_id time envelope published_at \
        batch",
        // Whole chains, so that the chains of others stay complete.
        personal(
            "correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}') \
             OR correlation_id IN (SELECT correlation_id FROM events \
             WHERE envelope <> replace(envelope, '\"{user}\"', ''))",
        ),
    ),
    table(
        "chain_ends",
        "correlation_id event_id",
        personal("correlation_id IN (SELECT id FROM carousels WHERE user_id = '{user}')"),
    ),
    table(
        "blob_holds",
        "holder name blob_key held_at",
        personal(
            "holder = 'brand/{user}' OR holder LIKE 'session/%/{chat}' \
             OR holder IN (SELECT 'carousel/' || id FROM carousels WHERE user_id = '{user}') \
             OR holder IN (SELECT 'broadcast/' || id FROM broadcasts WHERE author_id = '{user}') \
             OR holder IN (SELECT 'update/' || bot_id || '/' || update_id FROM updates \
             WHERE chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', ''))",
        ),
    ),
    table(
        "deliveries",
        "carousel_id revision part generation size arrived state attempt reason chat_id \
        messages created_at updated_at reason_kind",
        personal(
            "chat_id = {chat} \
             OR carousel_id IN (SELECT id FROM carousels WHERE user_id = '{user}')",
        ),
    ),
    table("quota_reservations", "carousel_id user_id day reserved_at released_at", OF_USER),
    table("blob_refs", "carousel_id revision part position blob_key bytes", personal(CAROUSELS)),
    table(
        "revisions",
        "carousel_id revision draft analysis provider created_at theme intent",
        personal(CAROUSELS),
    ),
    table(
        "carousels",
        "id user_id source brief theme language format state outcome reason provider revision \
        run_id created_at updated_at closed_at failure_kind",
        OF_USER,
    ),
    table(
        "recipients",
        "broadcast_id user_id chat_id state attempt reason message_id updated_at reason_kind",
        OF_USER,
    ),
    table(
        "broadcasts",
        "id author_id bot_id message state created_at updated_at ended_at",
        personal("author_id = '{user}'"),
    ),
    table(
        "updates",
        "bot_id update_id chat_id state command reason received_at decided_at finished_at body \
        owner",
        // The row records that the update was processed: without it, a redelivery by Telegram would
        // be new.
        TableContent::Personal {
            rows: "chat_id = {chat} OR command <> replace(command, '\"from\":{chat},', '')",
            keep: Some(KeptRows {
                rows: "true",
                set: "chat_id = CASE WHEN finished_at IS NULL THEN chat_id END, \
                      command = CASE WHEN finished_at IS NULL THEN command \
                      ELSE '{\"do\":\"nothing\"}' END, reason = NULL",
            }),
        },
    ),
    table(
        "sessions",
        "bot_id chat_id record version created_at updated_at expires_at",
        personal("chat_id = {chat}"),
    ),
    table(
        "group_sessions",
        "bot_id chat_id thread_id account_id record version question created_at updated_at \
        expires_at",
        personal("account_id = {chat}"),
    ),
    table(
        "subscriptions",
        "id user_id bot_id chat_id cadence time_zone topic paused created_at updated_at \
        thread_id pause_reason",
        OF_USER,
    ),
    table(
        "usage_entries",
        "id user_id day provider model tokens_in tokens_out cost_micros at",
        OF_USER,
    ),
    table(
        "admissions",
        "id user_id workflow kind day reserved allowance reserved_at settled_at",
        OF_USER,
    ),
    table("uploads", "id user_id day bytes at", OF_USER),
    table("event_requests", "id source user_id workflow_id admitted_at digest refusal", OF_USER),
    table(
        "api_tokens",
        "id name user_id scopes secret_sha256 per_day created_at expires_at revoked_at \
        last_used_at",
        OF_USER,
    ),
    table(
        "webhooks",
        "id user_id url secret created_at disabled_at called_at status error",
        OF_USER,
    ),
    table("settings", "user_id record updated_at", OF_USER),
    table("brands", "user_id record updated_at", OF_USER),
    table(
        "users",
        "id account_id language is_admin blocked unreachable_since created_at updated_at \
        wants_news lock_reason lock_until lock_by locked_at lock_told is_allowed \
        carousels_per_day",
        // A ban or a limit that its person could delete would have no effect.
        TableContent::Personal {
            rows: "id = '{user}'",
            keep: Some(KeptRows {
                rows: "blocked OR carousels_per_day IS NOT NULL",
                set: "language = NULL, unreachable_since = NULL, wants_news = false, \
                      is_allowed = false",
            }),
        },
    ),
    table(
        "erasures",
        "user_key state asked_at ended_at day carousels cost_micros requests upload_bytes",
        TableContent::NotPersonal("a digest of an id and the sums of a day, until midnight UTC"),
    ),
    table(
        "erased_blobs",
        "blob_key marked_at",
        TableContent::NotPersonal("digests of contents that the collector deletes next"),
    ),
    table(
        "consumers",
        "name batch seq created_at updated_at",
        TableContent::NotPersonal("how far the outbox's readers are"),
    ),
    table("counters", "name value", TableContent::NotPersonal("numbers that only rise")),
    table(
        "leases",
        "name holder epoch acquired_at expires_at",
        TableContent::NotPersonal(
            "which process does what only one may do; the number of a stranger who was refused, for a day",
        ),
    ),
    table(
        "incidents",
        "bot_id kind about reason began_at told_at ended_at",
        TableContent::NotPersonal("what does not work and whether the owners were told"),
    ),
    table(
        "provider_failures",
        "provider failures reason since last_at",
        TableContent::NotPersonal("failed calls of model services"),
    ),
    table(
        "bot_pictures",
        "bot_id name file_id sent_at",
        TableContent::NotPersonal("Telegram's ids of our own sample pictures"),
    ),
    table(
        "paces",
        "bot_id sent",
        TableContent::NotPersonal(
            "how fast each bot has sent lately, and the chats of the last minute or that Telegram \
             wants left alone",
        ),
    ),
    table(
        "owners",
        "process host name pid beat_at",
        TableContent::NotPersonal("which processes have a SQLite file open"),
    ),
    table(
        "seaql_migrations",
        "version applied_at",
        TableContent::NotPersonal("the schema's version"),
    ),
];
