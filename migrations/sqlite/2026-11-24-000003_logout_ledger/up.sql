-- When an operator last had a message sent again: the time until it is given up counts from there.
ALTER TABLE logout_messages ADD COLUMN retried_at BIGINT;
CREATE INDEX logout_messages_queued ON logout_messages (queued_at);
