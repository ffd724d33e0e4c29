DROP FUNCTION tracker.update_task(bigint, text, text, integer, bigint, date, timestamptz, bigint, timestamptz);
DROP FUNCTION tracker.create_task(bigint, text, integer, bigint, date, bigint, timestamptz);
DROP TABLE tracker.tasks;
DROP FUNCTION tracker.guard_task();
DROP TABLE tracker.task_moves;
DROP TABLE tracker.task_statuses;
