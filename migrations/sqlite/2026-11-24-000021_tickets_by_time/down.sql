CREATE INDEX service_tickets_expiry ON service_tickets (expires_at);
