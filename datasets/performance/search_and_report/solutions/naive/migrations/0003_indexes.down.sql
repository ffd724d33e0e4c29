DROP INDEX entries_team_id_idx;
DROP INDEX entries_ticket_id_idx;
DROP INDEX tickets_subject_idx;
DROP INDEX tickets_team_id_idx;
