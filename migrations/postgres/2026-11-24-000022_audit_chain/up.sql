-- The place of a row in the chain, and its link to the row before; neither until a node of this version has taken the
-- row in. A node of an older version goes on adding rows that have none.
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN link TEXT;
CREATE UNIQUE INDEX audit_chain ON audit (seq);
CREATE INDEX audit_loose ON audit (at, id) WHERE seq IS NULL;
DROP TRIGGER audit_is_never_changed ON audit;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    FOR EACH ROW WHEN (OLD.seq IS NOT NULL OR OLD.link IS NOT NULL
        OR ROW(NEW.id, NEW.at, NEW.event, NEW.account_id, NEW.actor, NEW.address, NEW.service, NEW.detail)
            IS DISTINCT FROM
            ROW(OLD.id, OLD.at, OLD.event, OLD.account_id, OLD.actor, OLD.address, OLD.service, OLD.detail))
    EXECUTE FUNCTION audit_refuses();
-- A row of the chain goes only once the mark of what was removed stands behind it.
CREATE FUNCTION audit_refuses_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq > coalesce((SELECT split_part(value, ' ', 1)::bigint FROM marks WHERE name = 'audit_removed'), 0) THEN
        RAISE EXCEPTION 'the audit is append-only';
    END IF;
    RETURN OLD;
END;
$$;
CREATE TRIGGER audit_loses_its_beginning_only BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_gaps();
