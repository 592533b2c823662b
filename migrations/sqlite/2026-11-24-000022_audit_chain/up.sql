-- The place of a row in the chain, and its link to the row before; neither until a node of this version has taken the
-- row in. A node of an older version goes on adding rows that have none.
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN link TEXT;
CREATE UNIQUE INDEX audit_chain ON audit (seq);
CREATE INDEX audit_loose ON audit (at, id) WHERE seq IS NULL;
DROP TRIGGER audit_is_never_changed;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
WHEN OLD.seq IS NOT NULL OR OLD.link IS NOT NULL
    OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.event IS NOT OLD.event
    OR NEW.account_id IS NOT OLD.account_id OR NEW.actor IS NOT OLD.actor OR NEW.address IS NOT OLD.address
    OR NEW.service IS NOT OLD.service OR NEW.detail IS NOT OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
-- A row of the chain goes only once the mark of what was removed stands behind it.
DROP TRIGGER audit_is_kept_half_a_year;
CREATE TRIGGER audit_is_kept_half_a_year BEFORE DELETE ON audit
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 180 * 86400) * 1000000
    OR OLD.seq > coalesce(
        (SELECT CAST(substr(value, 1, instr(value, ' ') - 1) AS INTEGER) FROM marks WHERE name = 'audit_removed'), 0)
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
