CREATE TABLE tracker.projects (
    project_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL DEFAULT tracker.current_workspace_id() REFERENCES tracker.workspaces,
    key          text NOT NULL,
    name         text NOT NULL,
    archived     boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    CONSTRAINT projects_key_key UNIQUE (workspace_id, key),
    CONSTRAINT projects_key_check CHECK (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
    CONSTRAINT projects_name_check CHECK (length(name) BETWEEN 1 AND 100 AND name ~ '[^ ]')
);
ALTER TABLE tracker.projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON tracker.projects TO app_user
    USING (workspace_id = (SELECT tracker.current_workspace_id()));
GRANT SELECT, INSERT, DELETE, UPDATE (archived) ON tracker.projects TO app_user;

CREATE FUNCTION tracker.create_project(p_key text, p_name text, p_actor_id bigint, p_created_at timestamptz)
    RETURNS SETOF bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO tracker.projects (key, name, created_at) VALUES (p_key, p_name, p_created_at)
    RETURNING project_id INTO made;
    PERFORM tracker.log(p_created_at, p_actor_id, 'project.created', p_key, NULL);
    RETURN NEXT made;
END
$$;

CREATE FUNCTION tracker.set_project_archived(
    p_project_id bigint, p_archived boolean, p_actor_id bigint, p_occurred_at timestamptz
)
    RETURNS SETOF bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    its_key text;
BEGIN
    UPDATE tracker.projects SET archived = p_archived
    WHERE project_id = p_project_id AND archived <> p_archived
    RETURNING key INTO its_key;
    IF FOUND THEN
        PERFORM tracker.log(p_occurred_at, p_actor_id,
                            CASE WHEN p_archived THEN 'project.archived' ELSE 'project.restored' END, its_key, NULL);
        RETURN NEXT p_project_id;
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION tracker.create_project(text, text, bigint, timestamptz),
    tracker.set_project_archived(bigint, boolean, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracker.create_project(text, text, bigint, timestamptz),
    tracker.set_project_archived(bigint, boolean, bigint, timestamptz) TO app_user;
