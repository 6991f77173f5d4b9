-- What the owner of a bot sees and decides.

-- The kind of a failure; null unless the outcome is `failed`, or in rows of older versions.
ALTER TABLE carousels ADD COLUMN failure_kind text;

-- An owner has let in a person whom BOT_ALLOWED does not list.
ALTER TABLE users ADD COLUMN is_allowed boolean NOT NULL DEFAULT FALSE;
-- A daily limit of carousels for this person, instead of CAROUSELS_PER_DAY.
ALTER TABLE users ADD COLUMN carousels_per_day BIGINT;

-- Open and ended incidents that the owners are told about. A row is deleted when they know its end.
CREATE TABLE incidents (
    bot_id BIGINT NOT NULL,
    kind text NOT NULL,
    about text NOT NULL,
    reason text NOT NULL,
    began_at TIMESTAMP NOT NULL,
    told_at TIMESTAMP,
    ended_at TIMESTAMP,
    PRIMARY KEY (bot_id, kind, about)
);

-- Failed calls in a row of each model service.
CREATE TABLE provider_failures (
    provider text NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    reason text NOT NULL,
    since TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL
);

-- Telegram's ids of pictures that belong to no carousel, such as samples.
CREATE TABLE bot_pictures (
    bot_id BIGINT NOT NULL,
    name text NOT NULL,
    file_id text NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    PRIMARY KEY (bot_id, name)
);
