CREATE FUNCTION count_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaigns SET pledges = pledges + 1, raised_minor = raised_minor + NEW.amount_minor WHERE id = NEW.campaign_id;
    RETURN NULL;
END $$;
CREATE TRIGGER counting AFTER INSERT ON pledges FOR EACH ROW EXECUTE FUNCTION count_pledge();
