DROP INDEX logout_messages_queued;
ALTER TABLE logout_messages DROP COLUMN retried_at;
