-- The schema at version 14, for both databases. The step replaces the types in upper case by those of the
-- database. Never edited: later steps change the schema.

-- Texts that hold JSON have the type text: the JSON types of PostgreSQL refuse an escaped NUL, which a
-- model may write, and normalize the text. Closed means an outcome and a time; open means neither.
CREATE TABLE carousels (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    source text NOT NULL,
    brief text NOT NULL,
    theme text NOT NULL,
    language text NOT NULL,
    format text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    outcome text,
    reason text,
    provider text,
    revision BIGINT,
    run_id text NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    CHECK ((state = 'closed') = (outcome IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX carousels_by_user ON carousels (user_id, created_at, id);
CREATE INDEX carousels_by_time ON carousels (created_at, id);
CREATE INDEX carousels_open ON carousels (created_at, id) WHERE state = 'open';
CREATE INDEX carousels_open_by_user ON carousels (user_id) WHERE state = 'open';

-- Revision 0 is the request itself, before any revision.
CREATE TABLE blob_refs (
    carousel_id text NOT NULL,
    revision BIGINT NOT NULL,
    part text NOT NULL CHECK (part IN ('source', 'slide')),
    position BIGINT NOT NULL,
    blob_key text NOT NULL,
    bytes BIGINT,
    PRIMARY KEY (carousel_id, revision, part, position),
    FOREIGN KEY (carousel_id) REFERENCES carousels (id) ON DELETE CASCADE
);
CREATE INDEX blob_refs_by_key ON blob_refs (blob_key);

-- `seq` is the key because SQLite auto-increments only a key; the id is unique too. `batch` is the batch in
-- which an event was published, numbered in the order of commits. Unlike `seq`, a lower number never appears
-- after a higher one, so a consumer can keep its position by it.
CREATE TABLE events (
    seq IDENTITY,
    id text NOT NULL UNIQUE,
    type text NOT NULL,
    source text NOT NULL,
    subject text,
    correlation_id text NOT NULL,
    causation_id text,
    time TIMESTAMP NOT NULL,
    envelope text NOT NULL,
    published_at TIMESTAMP,
    batch BIGINT
);
CREATE INDEX events_unpublished ON events (seq) WHERE published_at IS NULL;
CREATE INDEX events_by_correlation ON events (correlation_id, seq);
CREATE INDEX events_published ON events (batch, seq) WHERE batch IS NOT NULL;

CREATE TABLE quota_reservations (
    carousel_id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    day DATE NOT NULL,
    reserved_at TIMESTAMP NOT NULL,
    released_at TIMESTAMP,
    FOREIGN KEY (carousel_id) REFERENCES carousels (id) ON DELETE CASCADE
);
CREATE INDEX quota_held ON quota_reservations (user_id, day) WHERE released_at IS NULL;

-- A revision without a theme has the theme of its carousel; one without an intent was not made by an edit.
CREATE TABLE revisions (
    carousel_id text NOT NULL,
    revision BIGINT NOT NULL,
    draft text NOT NULL,
    analysis text NOT NULL,
    provider text NOT NULL,
    created_at TIMESTAMP NOT NULL,
    theme text,
    intent text,
    PRIMARY KEY (carousel_id, revision),
    FOREIGN KEY (carousel_id) REFERENCES carousels (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX revisions_intent ON revisions (carousel_id, intent) WHERE intent IS NOT NULL;

-- `epoch` increases with every change of holder: writes under an older epoch are refused.
CREATE TABLE leases (
    name text NOT NULL PRIMARY KEY,
    holder text NOT NULL,
    epoch BIGINT NOT NULL,
    acquired_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);

CREATE TABLE counters (
    name text NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE consumers (
    name text NOT NULL PRIMARY KEY,
    batch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- The last event of each carousel with pruned events: the next event names it as its cause.
CREATE TABLE chain_ends (
    correlation_id text NOT NULL PRIMARY KEY,
    event_id text NOT NULL
);

-- Users of the command line have no Telegram account. `blocked` is true while there is a lock.
CREATE TABLE users (
    id text NOT NULL PRIMARY KEY,
    account_id BIGINT UNIQUE,
    language text,
    is_admin boolean NOT NULL,
    blocked boolean NOT NULL,
    unreachable_since TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    wants_news boolean NOT NULL DEFAULT FALSE,
    lock_reason text,
    lock_until TIMESTAMP,
    lock_by BIGINT,
    locked_at TIMESTAMP,
    lock_told boolean NOT NULL DEFAULT FALSE
);
CREATE INDEX users_by_time ON users (created_at, id);

-- One record of a user. No foreign key: the command line has settings and no user row.
CREATE TABLE settings (
    user_id text NOT NULL PRIMARY KEY,
    record text NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE brands (
    user_id text NOT NULL PRIMARY KEY,
    record text NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE subscriptions (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    cadence text NOT NULL,
    time_zone text NOT NULL,
    topic text,
    paused boolean NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    thread_id BIGINT,
    pause_reason text
);
CREATE INDEX subscriptions_by_time ON subscriptions (created_at, id);
CREATE INDEX subscriptions_by_user ON subscriptions (user_id, created_at, id);

-- The id is the call's, so that a repeated step counts once.
CREATE TABLE usage_entries (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    day DATE NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    tokens_in BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX usage_by_user ON usage_entries (user_id, day);
CREATE INDEX usage_by_day ON usage_entries (day);

CREATE TABLE sessions (
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    record text NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (bot_id, chat_id)
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A row without a body was written before bodies were stored: Telegram is asked for the update again.
CREATE TABLE updates (
    bot_id BIGINT NOT NULL,
    update_id BIGINT NOT NULL,
    chat_id BIGINT,
    state text NOT NULL CHECK (state IN ('received', 'decided', 'done', 'dead')),
    command text,
    reason text,
    received_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    finished_at TIMESTAMP,
    body text,
    owner text,
    PRIMARY KEY (bot_id, update_id),
    CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
);
CREATE INDEX updates_unfinished ON updates (bot_id, update_id) WHERE finished_at IS NULL;
CREATE INDEX updates_of_chat ON updates (bot_id, chat_id, update_id) WHERE finished_at IS NULL;
CREATE INDEX updates_by_arrival ON updates (bot_id, received_at, update_id);
CREATE INDEX updates_by_end ON updates (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX updates_without_body ON updates (bot_id, update_id) WHERE finished_at IS NULL AND body IS NULL;

-- The states are those of `domain::delivery`. No foreign key: a notice may be about a carousel that was never
-- opened.
CREATE TABLE deliveries (
    carousel_id text NOT NULL,
    revision BIGINT NOT NULL,
    part text NOT NULL,
    generation BIGINT NOT NULL,
    size BIGINT NOT NULL,
    arrived BIGINT NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unknown', 'failed')),
    attempt text,
    reason text,
    chat_id BIGINT,
    messages text NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (carousel_id, revision, part, generation),
    CHECK (arrived BETWEEN 0 AND size),
    CHECK ((state = 'sent') = (arrived = size)),
    CHECK ((state = 'failed') = (reason IS NOT NULL)),
    CHECK (state = 'pending' OR attempt IS NOT NULL)
);
CREATE INDEX deliveries_unknown ON deliveries (updated_at) WHERE state = 'unknown';
CREATE INDEX deliveries_sending ON deliveries (updated_at) WHERE state = 'sending';

CREATE TABLE broadcasts (
    id text NOT NULL PRIMARY KEY,
    author_id text NOT NULL,
    bot_id BIGINT NOT NULL,
    message text NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'paused', 'done', 'cancelled')),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX broadcasts_by_time ON broadcasts (created_at, id);

CREATE TABLE recipients (
    broadcast_id text NOT NULL,
    user_id text NOT NULL,
    chat_id BIGINT NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unknown', 'failed')),
    attempt text,
    reason text,
    message_id BIGINT,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (broadcast_id, user_id),
    FOREIGN KEY (broadcast_id) REFERENCES broadcasts (id) ON DELETE CASCADE
);
CREATE INDEX recipients_pending ON recipients (broadcast_id, user_id) WHERE state = 'pending';

-- References to blobs that are not a carousel's.
CREATE TABLE blob_holds (
    holder text NOT NULL,
    name text NOT NULL,
    blob_key text NOT NULL,
    held_at TIMESTAMP NOT NULL,
    PRIMARY KEY (holder, name)
);
CREATE INDEX blob_holds_by_key ON blob_holds (blob_key);

-- The processes that have a SQLite file open. Empty on PostgreSQL, which several hosts may share.
CREATE TABLE owners (
    process text NOT NULL PRIMARY KEY,
    host text NOT NULL,
    name text NOT NULL,
    pid BIGINT NOT NULL,
    beat_at TIMESTAMP NOT NULL
);

-- How many messages of a bot count until when, as JSON, for about the last second.
CREATE TABLE paces (
    bot_id BIGINT NOT NULL PRIMARY KEY,
    sent text NOT NULL
);

-- The id is `<workflow id>/<key of the request in it>`, so that a repeated request is admitted once. Millionths
-- of a US dollar: `reserved` is what other work must not spend, `allowance` what this work may spend (null if
-- there is no budget).
CREATE TABLE admissions (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    workflow text NOT NULL,
    kind text NOT NULL,
    day DATE NOT NULL,
    reserved BIGINT NOT NULL,
    allowance BIGINT,
    reserved_at TIMESTAMP NOT NULL,
    settled_at TIMESTAMP
);
CREATE INDEX admissions_of_user ON admissions (user_id, day);
CREATE INDEX admissions_of_workflow ON admissions (workflow, settled_at);
CREATE INDEX admissions_open ON admissions (settled_at, reserved_at);

CREATE TABLE uploads (
    id text NOT NULL PRIMARY KEY,
    user_id text NOT NULL,
    day DATE NOT NULL,
    bytes BIGINT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX uploads_of_user ON uploads (user_id, day);

-- What remains after a person's data is deleted. The key is a digest: the row outlives the person's id.
CREATE TABLE erasures (
    user_key text NOT NULL PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('running', 'done')),
    asked_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    day DATE NOT NULL,
    carousels BIGINT NOT NULL,
    cost_micros BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    upload_bytes BIGINT NOT NULL
);

-- The blobs that only an erased person used.
CREATE TABLE erased_blobs (
    blob_key text NOT NULL PRIMARY KEY,
    marked_at TIMESTAMP NOT NULL
);
