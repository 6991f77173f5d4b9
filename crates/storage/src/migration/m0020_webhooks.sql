-- Addresses that the HTTP API calls when a carousel ends or changes.
CREATE TABLE webhooks (
    id text NOT NULL PRIMARY KEY,
    -- The owner: the user of the carousels.
    user_id text NOT NULL,
    url text NOT NULL,
    -- Readable, because each call is signed with it.
    secret text NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- If its server said that it is gone.
    disabled_at TIMESTAMP,
    -- The last call: its time, and either the status of the answer or why there is none.
    called_at TIMESTAMP,
    status BIGINT,
    error text
);
CREATE INDEX webhooks_by_user ON webhooks (user_id);
