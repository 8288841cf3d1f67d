-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Whoever listens is told of every entry, when it is committed: its number, and the
-- order that it is about.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_tells() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('didops', left(NEW.seq || ' ' || COALESCE(substring(NEW.entry FROM '"order":"([^"]*)"'), ''), 500));
	RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TRIGGER audit_tells ON audit;
CREATE TRIGGER audit_tells AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_tells();
