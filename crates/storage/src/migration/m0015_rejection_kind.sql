-- Whether a failed delivery means that its chat is closed: `chat_closed` or `other`. Until now programs compared
-- the text. Null unless the state is `failed`.
ALTER TABLE deliveries ADD COLUMN reason_kind text;
ALTER TABLE recipients ADD COLUMN reason_kind text;

UPDATE deliveries SET reason_kind = CASE
    WHEN reason LIKE 'the bot may not write there%' OR reason = 'there is no such chat' THEN 'chat_closed'
    ELSE 'other' END
WHERE state = 'failed';
UPDATE recipients SET reason_kind = CASE
    WHEN reason LIKE 'the bot may not write there%' OR reason = 'there is no such chat' THEN 'chat_closed'
    ELSE 'other' END
WHERE state = 'failed';
