DROP INDEX service_tickets_session;
CREATE INDEX service_tickets_session ON service_tickets (session);
ALTER TABLE service_tickets DROP COLUMN replayed_from;
ALTER TABLE service_tickets DROP COLUMN replayed_at;
ALTER TABLE service_tickets DROP COLUMN replays;
ALTER TABLE service_tickets DROP COLUMN refused;
ALTER TABLE service_tickets DROP COLUMN presented_as;
ALTER TABLE service_tickets DROP COLUMN presented_from;
ALTER TABLE service_tickets DROP COLUMN asked_from;
