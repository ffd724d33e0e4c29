DROP FUNCTION tracker.set_project_archived(bigint, boolean, bigint, timestamptz);
DROP FUNCTION tracker.create_project(text, text, bigint, timestamptz);
DROP TABLE tracker.projects;
