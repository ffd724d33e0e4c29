DROP FUNCTION tracker.require_member(bigint, bigint);
DROP TABLE tracker.members;
