-- Request events of other systems that were admitted: one row each, which counts against the source's daily quota.
CREATE TABLE event_requests (
    -- Made from the source and the event's id there.
    id text NOT NULL PRIMARY KEY,
    source text NOT NULL,
    user_id text NOT NULL,
    workflow_id text NOT NULL,
    admitted_at TIMESTAMP NOT NULL
);
CREATE INDEX event_requests_by_time ON event_requests (source, admitted_at);
