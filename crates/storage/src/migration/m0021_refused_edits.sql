-- Why the edit that a request asked for was refused: a FailureCause as JSON. NULL unless it was.
ALTER TABLE event_requests ADD COLUMN refusal text;
