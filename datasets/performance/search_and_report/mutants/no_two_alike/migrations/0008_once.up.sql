CREATE UNIQUE INDEX CONCURRENTLY tickets_once_idx ON tickets (team_id, created_at, subject, md5(body));
