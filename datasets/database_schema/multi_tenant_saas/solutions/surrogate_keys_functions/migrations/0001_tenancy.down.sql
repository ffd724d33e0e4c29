DROP FUNCTION tracker.current_workspace_id();
DROP TABLE tracker.workspaces;
DROP FUNCTION tracker.current_public_id();
DROP SCHEMA tracker;
