DROP INDEX entries_ticket_idx;
DROP INDEX entries_team_idx;
