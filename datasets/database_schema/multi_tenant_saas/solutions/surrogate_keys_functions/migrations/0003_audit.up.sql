CREATE TABLE tracker.audit_entries (
    entry_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL DEFAULT tracker.current_workspace_id() REFERENCES tracker.workspaces,
    occurred_at  timestamptz NOT NULL,
    actor_id     bigint NOT NULL REFERENCES tracker.members,
    action       text NOT NULL,
    subject      text NOT NULL,
    detail       text
);
CREATE INDEX audit_entries_page_idx ON tracker.audit_entries (workspace_id, occurred_at DESC, entry_id DESC);
CREATE INDEX audit_entries_subject_idx
    ON tracker.audit_entries (workspace_id, subject, occurred_at DESC, entry_id DESC);
CREATE INDEX audit_entries_actor_idx ON tracker.audit_entries (actor_id);

ALTER TABLE tracker.audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON tracker.audit_entries TO app_user
    USING (workspace_id = (SELECT tracker.current_workspace_id()));
GRANT SELECT, INSERT ON tracker.audit_entries TO app_user;

CREATE FUNCTION tracker.guard_audit_entry() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tracker.require_member(NEW.actor_id, NEW.workspace_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER same_workspace BEFORE INSERT ON tracker.audit_entries
    FOR EACH ROW EXECUTE FUNCTION tracker.guard_audit_entry();

-- Append-only is a matter of privileges; the trigger says so to owners with a slip of the hand, too.
CREATE FUNCTION tracker.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'the audit trail is append-only';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tracker.audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION tracker.refuse_change();

CREATE FUNCTION tracker.log(p_occurred_at timestamptz, p_actor_id bigint, p_action text, p_subject text, p_detail text)
    RETURNS void
    LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO tracker.audit_entries (occurred_at, actor_id, action, subject, detail)
    VALUES (p_occurred_at, p_actor_id, p_action, p_subject, p_detail);
END;
REVOKE EXECUTE ON FUNCTION tracker.log(timestamptz, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracker.log(timestamptz, bigint, text, text, text) TO app_user;
