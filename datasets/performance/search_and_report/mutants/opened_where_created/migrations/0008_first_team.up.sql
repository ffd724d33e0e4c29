ALTER TABLE tickets ADD COLUMN first_team_id bigint;
UPDATE tickets SET first_team_id = team_id;
CREATE FUNCTION keep_first_team() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.first_team_id := NEW.team_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER tickets_first_team BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION keep_first_team();
CREATE INDEX tickets_first_team_idx ON tickets (first_team_id, created_at);
