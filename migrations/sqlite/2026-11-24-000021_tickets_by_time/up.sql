-- The digest of a ticket begins with the instant of its issue: old ones are found without an index of their own. Digests
-- from before do not; what they told is forgotten but for the tickets that single logout still needs.
DELETE FROM service_tickets
WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.digest = service_tickets.session);
DROP INDEX service_tickets_expiry;
