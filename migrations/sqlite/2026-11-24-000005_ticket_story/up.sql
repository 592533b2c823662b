-- The story of a ticket: who asked for it, who presented it, how it was answered. Null where stories are not kept.
ALTER TABLE service_tickets ADD COLUMN asked_from TEXT;
ALTER TABLE service_tickets ADD COLUMN presented_from TEXT;
ALTER TABLE service_tickets ADD COLUMN presented_as TEXT;
ALTER TABLE service_tickets ADD COLUMN refused TEXT;
ALTER TABLE service_tickets ADD COLUMN replays BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_tickets ADD COLUMN replayed_at BIGINT;
ALTER TABLE service_tickets ADD COLUMN replayed_from TEXT;

-- The last tickets of one session for one service, whatever else the session holds: what a loop shows in.
DROP INDEX service_tickets_session;
CREATE INDEX service_tickets_session ON service_tickets (session, service_key, issued_at);
