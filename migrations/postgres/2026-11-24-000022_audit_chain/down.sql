DROP TRIGGER audit_loses_its_beginning_only ON audit;
DROP FUNCTION audit_refuses_gaps();
DROP TRIGGER audit_is_never_changed ON audit;
DELETE FROM marks WHERE name IN ('audit_head', 'audit_removed');
DROP INDEX audit_loose;
DROP INDEX audit_chain;
ALTER TABLE audit DROP COLUMN link;
ALTER TABLE audit DROP COLUMN seq;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses();
