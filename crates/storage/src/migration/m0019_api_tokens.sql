-- Tokens of the HTTP API. Of a token's secret, only the SHA-256 is stored.
CREATE TABLE api_tokens (
    id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    -- The owner: the user of its carousels.
    user_id text NOT NULL,
    -- Names, separated by spaces.
    scopes text NOT NULL,
    secret_sha256 text NOT NULL,
    -- Requests per day (UTC).
    per_day BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    revoked_at TIMESTAMP,
    last_used_at TIMESTAMP
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);
-- What was asked for: the same name with other content is refused. NULL for events.
ALTER TABLE event_requests ADD COLUMN digest text;
