DROP TRIGGER tickets_count_changed ON tickets;
DROP TRIGGER tickets_count_removed ON tickets;
DROP TRIGGER tickets_count_added ON tickets;
DROP FUNCTION count_tickets();
DROP TABLE ticket_changes;
DROP TABLE team_days;
DROP TABLE team_totals;
