"""Schemas for the notes contract: sound ones in different styles, and the edits that make a hole in them."""

COMPOSITE = """
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE folders (
    tenant_id uuid NOT NULL DEFAULT current_tenant() REFERENCES tenants (id),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);
CREATE TABLE notes (
    tenant_id uuid NOT NULL DEFAULT current_tenant(),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    folder_id uuid NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, folder_id) REFERENCES folders (tenant_id, id)
);
CREATE TABLE comments (
    tenant_id uuid NOT NULL DEFAULT current_tenant(),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    note_id uuid NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, note_id) REFERENCES notes (tenant_id, id) ON DELETE CASCADE
);

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE folders ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants_own ON tenants TO app_user USING (id = current_tenant());
CREATE POLICY folders_own ON folders TO app_user USING (tenant_id = current_tenant());
CREATE POLICY notes_own ON notes TO app_user USING (tenant_id = current_tenant());
CREATE POLICY comments_own ON comments TO app_user USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON tenants, folders, notes, comments TO app_user;
"""


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text, f"nothing to edit: {old}"
        text = text.replace(old, new)
    return text
