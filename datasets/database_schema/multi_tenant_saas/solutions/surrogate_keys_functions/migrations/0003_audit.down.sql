DROP FUNCTION tracker.log(timestamptz, bigint, text, text, text);
DROP TABLE tracker.audit_entries;
DROP FUNCTION tracker.refuse_change();
DROP FUNCTION tracker.guard_audit_entry();
