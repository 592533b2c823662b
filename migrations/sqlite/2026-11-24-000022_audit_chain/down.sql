DROP TRIGGER audit_is_kept_half_a_year;
DROP TRIGGER audit_is_never_changed;
DELETE FROM marks WHERE name IN ('audit_head', 'audit_removed');
DROP INDEX audit_loose;
DROP INDEX audit_chain;
ALTER TABLE audit DROP COLUMN link;
ALTER TABLE audit DROP COLUMN seq;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_kept_half_a_year BEFORE DELETE ON audit
WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 180 * 86400) * 1000000
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
