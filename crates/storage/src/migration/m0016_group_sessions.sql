-- Dialogues in groups, one per person and topic of a forum. Until now all members of a group shared the row in
-- `sessions`, where the dialogues of private chats stay.
CREATE TABLE group_sessions (
    bot_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    -- 0 outside the topics of a forum.
    thread_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    record text NOT NULL,
    version BIGINT NOT NULL,
    -- The message with the question, once it was sent.
    question BIGINT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (bot_id, chat_id, thread_id, account_id)
);
CREATE INDEX group_sessions_by_expiry ON group_sessions (expires_at);

-- A reply to a slide is found by its chat and message.
CREATE INDEX deliveries_by_chat ON deliveries (chat_id, created_at);
