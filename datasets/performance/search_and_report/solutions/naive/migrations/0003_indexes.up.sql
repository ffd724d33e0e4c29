CREATE INDEX tickets_team_id_idx ON tickets (team_id);
CREATE INDEX tickets_subject_idx ON tickets (subject);
CREATE INDEX entries_ticket_id_idx ON entries (ticket_id);
CREATE INDEX entries_team_id_idx ON entries (team_id);
