CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    name varchar(100) NOT NULL CHECK (trim(name) <> ''),
    created_at timestamp NOT NULL
);

CREATE TABLE members (
    id serial PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES workspaces (id),
    email text NOT NULL CHECK (email <> ''),
    name varchar(100) NOT NULL CHECK (trim(name) <> ''),
    role text NOT NULL CHECK (role IN ('owner', 'member', 'guest')),
    api_token text UNIQUE,
    created_at timestamptz NOT NULL,
    deactivated_at timestamptz
);
CREATE UNIQUE INDEX members_email ON members (tenant_id, lower(email));

CREATE TABLE projects (
    id serial PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES workspaces (id),
    key varchar(10) NOT NULL CHECK (key ~ '^[A-Z][A-Z0-9]+$'),
    name varchar(100) NOT NULL CHECK (trim(name) <> ''),
    archived boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, key)
);

CREATE TYPE task_status AS ENUM ('todo', 'in_progress', 'done', 'cancelled');

CREATE TABLE tasks (
    id serial PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES workspaces (id),
    project_id int NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number int NOT NULL,
    title varchar(200) NOT NULL,
    status task_status NOT NULL DEFAULT 'todo',
    priority int NOT NULL CHECK (priority >= 1 AND priority <= 4),
    assignee_id int REFERENCES members (id),
    due_on date,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    UNIQUE (project_id, number)
);

CREATE TABLE comments (
    id serial PRIMARY KEY,
    task_id int NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    author_id int NOT NULL REFERENCES members (id),
    body text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE audit_log (
    id serial PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES workspaces (id),
    occurred_at timestamptz NOT NULL,
    actor_id int NOT NULL REFERENCES members (id),
    action text NOT NULL,
    subject text NOT NULL,
    detail text
);

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON members USING (tenant_id = current_setting('app.tenant_id')::uuid);
CREATE POLICY tenant_isolation ON projects USING (tenant_id = current_setting('app.tenant_id')::uuid);
CREATE POLICY tenant_isolation ON tasks USING (tenant_id = current_setting('app.tenant_id')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app_user;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO app_user;
