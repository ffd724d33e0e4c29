DROP FUNCTION tracker.delete_project(bigint, bigint, timestamptz);
DROP TABLE tracker.comments;
DROP FUNCTION tracker.guard_comment();
