CREATE TABLE tracker.members (
    member_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id    bigint NOT NULL DEFAULT tracker.current_workspace_id() REFERENCES tracker.workspaces,
    email           text NOT NULL,
    email_lower     text NOT NULL GENERATED ALWAYS AS (lower(email)) STORED,
    name            text NOT NULL,
    role            text NOT NULL,
    created_at      timestamptz NOT NULL,
    deactivated_at  timestamptz,
    token_hash      bytea,
    token_issued_at timestamptz,
    CONSTRAINT members_email_key UNIQUE (workspace_id, email_lower),
    CONSTRAINT members_token_key UNIQUE (workspace_id, token_hash),
    CONSTRAINT members_email_check CHECK (length(email) > 0),
    CONSTRAINT members_name_check CHECK (length(name) BETWEEN 1 AND 100 AND name ~ '[^ ]'),
    CONSTRAINT members_role_check CHECK (role = ANY (ARRAY['owner', 'member', 'guest'])),
    CONSTRAINT members_token_check CHECK ((token_hash IS NULL) = (token_issued_at IS NULL))
);

ALTER TABLE tracker.members ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON tracker.members TO app_user
    USING (workspace_id = (SELECT tracker.current_workspace_id()));
GRANT SELECT, INSERT, UPDATE (deactivated_at, token_hash, token_issued_at) ON tracker.members TO app_user;

-- Members, projects and tasks are referred to by plain surrogate keys. This guard sees to it that both ends belong to
-- one workspace: the foreign key itself looks past row-level security. It runs with the rights of the writer.
CREATE FUNCTION tracker.require_member(wanted bigint, workspace bigint) RETURNS void
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF wanted IS NOT NULL AND NOT EXISTS (
        SELECT FROM tracker.members AS m WHERE m.member_id = wanted AND m.workspace_id = workspace
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = format('no member %s in this workspace', wanted);
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION tracker.require_member(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracker.require_member(bigint, bigint) TO app_user;
