"""Schemas with one hole each, and the gates that must find it."""

from tests.scorers.database_schema.tenancy.notes import QUERIES
from tests.scorers.database_schema.tenancy.schemas import COMPOSITE, edited
from tests.scorers.database_schema.tenancy.sound import (
    CHILD_BY_PARENT,
    LEDGERS,
    NUMBERS_AND_TRIGGERS,
    PARTITIONED,
    TREE,
)

Q, D, U, R = "tenancy_queries", "tenancy_direct", "tenancy_unset", "tenancy_references"

_NOTES_POLICY = "CREATE POLICY notes_own ON notes TO app_user USING (tenant_id = current_tenant());"
_FOLDER_KEY = "FOREIGN KEY (tenant_id, folder_id) REFERENCES folders (tenant_id, id)"
_FOLDERS_POLICY = "CREATE POLICY folders_own ON folders TO app_user USING (tenant_id = current_tenant());"

FILTERED = edited(
    QUERIES,
    ("FROM comments WHERE", "FROM comments WHERE tenant_id = current_tenant() AND"),
)


def _with(*edits: tuple[str, str], more: str = "") -> str:
    return edited(COMPOSITE, *edits) + more


def _policies(**conditions: str) -> tuple[str, str]:
    """One policy per command on notes, where `conditions` replace the sound ones."""
    sound = "tenant_id = current_tenant()"
    clauses = {
        "select": f"USING ({sound})",
        "insert": f"WITH CHECK ({sound})",
        "update": f"USING ({sound})",
        "delete": f"USING ({sound})",
    }
    text = "\n".join(
        f"CREATE POLICY notes_{command} ON notes FOR {command.upper()} TO app_user {clause};"
        for command, clause in (clauses | conditions).items()
    )
    return _NOTES_POLICY, text


def _definer(signature: str, body: str) -> str:
    return f"CREATE FUNCTION {signature} LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $${body}$$;"


HOLES: dict[str, tuple[str, str, set[str]]] = {
    "no row-level security on a table": (
        _with(("ALTER TABLE comments ENABLE ROW LEVEL SECURITY;", "")),
        QUERIES,
        {Q, D, U, R},
    ),
    "row-level security missing, the queries filter": (
        _with(("ALTER TABLE comments ENABLE ROW LEVEL SECURITY;", "")),
        FILTERED,
        {D, U, R},
    ),
    "a child without tenant and policy": (
        edited(CHILD_BY_PARENT, ("ALTER TABLE comments ENABLE ROW LEVEL SECURITY;", "")),
        QUERIES,
        {Q, D, U, R},
    ),
    "anybody may delete": (_with(_policies(delete="USING (true)")), QUERIES, {D, U}),
    "a second, permissive policy": (
        _with(more="CREATE POLICY clean_up ON notes FOR DELETE USING (true);"),
        QUERIES,
        {D, U},
    ),
    "anybody may update": (
        _with(_policies(update="USING (true) WITH CHECK (true)")),
        QUERIES,
        {D, U, R},
    ),
    "anybody may take over": (
        _with(
            (
                _FOLDERS_POLICY,
                _FOLDERS_POLICY
                + "CREATE POLICY take ON folders FOR UPDATE USING (true) WITH CHECK (tenant_id = current_tenant());",
            ),
        ),
        QUERIES,
        {D, U},
    ),
    "rows can be moved away": (
        _with(_policies(update="USING (tenant_id = current_tenant()) WITH CHECK (true)")),
        QUERIES,
        {D, R},
    ),
    "rows can be added for others": (_with(_policies(insert="WITH CHECK (true)")), QUERIES, {D, U}),
    "a view of the owner's": (
        COMPOSITE + "CREATE VIEW titles AS SELECT id, title FROM notes; GRANT SELECT ON titles TO app_user;",
        QUERIES,
        {D, U},
    ),
    "a view of the owner's that writes": (
        COMPOSITE
        + "CREATE VIEW titles AS SELECT * FROM notes WHERE tenant_id = current_tenant();"
        + "GRANT SELECT, INSERT, UPDATE ON titles TO app_user;",
        QUERIES,
        {D, U, R},
    ),
    "a view of numbers": (
        NUMBERS_AND_TRIGGERS.replace(", FORCE ROW LEVEL SECURITY", "")
        + "CREATE VIEW sizes AS SELECT folder_id, count(*) FROM notes GROUP BY 1; GRANT SELECT ON sizes TO app_user;",
        QUERIES,
        {D, U},
    ),
    "a materialized view": (
        COMPOSITE + "CREATE MATERIALIZED VIEW titles AS SELECT title FROM notes; GRANT SELECT ON titles TO app_user;",
        QUERIES,
        {D, U},
    ),
    "a function that reads for anybody": (
        COMPOSITE + _definer("note_title(n uuid) RETURNS text", "SELECT title FROM notes WHERE id = n"),
        QUERIES,
        {D, U},
    ),
    "a function that lists for anybody": (
        COMPOSITE + _definer("all_notes() RETURNS SETOF record", "SELECT id, title FROM notes"),
        QUERIES,
        {D, U},
    ),
    "a procedure that deletes for anybody": (
        COMPOSITE
        + "CREATE PROCEDURE drop_note(note_id uuid) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp"
        + " AS $$DELETE FROM notes n WHERE n.id = drop_note.note_id$$;",
        QUERIES,
        {D, U},
    ),
    "a query through such a function": (
        COMPOSITE + _definer("note(n uuid) RETURNS SETOF notes", "SELECT * FROM notes WHERE id = n"),
        edited(
            QUERIES,
            ("FROM notes WHERE id = :note_id;\n-- name: count_notes", "FROM note(:note_id);\n-- name: count_notes"),
        ),
        {Q, D, U},
    ),
    "everything shows without a tenant": (
        _with(
            (_NOTES_POLICY, "CREATE POLICY notes_own ON notes USING (coalesce(tenant_id = current_tenant(), true));")
        ),
        QUERIES,
        {U},
    ),
    "a wildcard tenant": (
        _with(
            (
                _NOTES_POLICY,
                "CREATE POLICY notes_own ON notes USING (tenant_id = current_tenant()"
                " OR current_tenant() = '00000000-0000-0000-0000-000000000000');",
            )
        ),
        QUERIES,
        {U},
    ),
    "a plain foreign key": (
        _with(
            ("    UNIQUE (tenant_id, name)", "    UNIQUE (id), UNIQUE (tenant_id, name)"),
            (_FOLDER_KEY, "FOREIGN KEY (folder_id) REFERENCES folders (id)"),
        ),
        QUERIES,
        {R},
    ),
    "a trigger that minds existence only": (
        _with(
            (f",\n    {_FOLDER_KEY}", ""),
            more="""
CREATE FUNCTION folder_exists() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM folders WHERE id = NEW.folder_id;
    IF NOT FOUND THEN RAISE EXCEPTION 'no folder' USING ERRCODE = '23503'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER folder_exists BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION folder_exists();
CREATE TRIGGER folder_is_mine BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION folder_exists();
""",
        ),
        QUERIES,
        {R},
    ),
    "TRUNCATE": (COMPOSITE + "GRANT TRUNCATE ON comments TO app_user;", QUERIES, {D}),
    "an open partition": (PARTITIONED + "GRANT SELECT ON comments_0, comments_1 TO app_user;", QUERIES, {D, U}),
    "an audit trail without a policy": (
        COMPOSITE
        + """
CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, action text);
GRANT SELECT ON audit TO app_user;
"""
        + _definer("note_down() RETURNS trigger", "SELECT")
        .replace("LANGUAGE sql", "LANGUAGE plpgsql")
        .replace("$$SELECT$$", "$$BEGIN INSERT INTO audit (action) VALUES (TG_OP); RETURN NULL; END$$")
        + "CREATE TRIGGER audited AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION note_down();",
        QUERIES,
        {D, U},
    ),
    "a setting of the application's choice": (
        _with(
            (
                _NOTES_POLICY,
                "CREATE POLICY notes_own ON notes USING (tenant_id = current_tenant() OR current_setting('app.admin', true) IS NULL);",
            )
        ),
        QUERIES,
        {Q, D, U, R},
    ),
    "a shared row that tells": (
        edited(
            LEDGERS,
            ("n bigint NOT NULL);", "n bigint NOT NULL, latest text);"),
            ("('notes', 1)", "('notes', 1, NEW.title)"),
            ("SET n = totals.n + 1", "SET n = totals.n + 1, latest = NEW.title"),
        ),
        QUERIES,
        {D, U},
    ),
    "a tree without the tenant in its key": (
        edited(
            TREE,
            (
                "FOREIGN KEY (tenant_id, parent_id) REFERENCES notes (tenant_id, id)",
                "UNIQUE (id), FOREIGN KEY (parent_id) REFERENCES notes (id)",
            ),
        ),
        QUERIES,
        {R},
    ),
    "a function that counts for anybody": (
        NUMBERS_AND_TRIGGERS.replace(", FORCE ROW LEVEL SECURITY", "")
        + _definer("size(folder_id bigint) RETURNS bigint", "SELECT count(*) FROM notes n WHERE n.folder_id = $1"),
        QUERIES,
        {D, U},
    ),
    "a query that counts through it": (
        COMPOSITE + _definer("size(folder uuid) RETURNS bigint", "SELECT count(*) FROM notes WHERE folder_id = folder"),
        edited(
            QUERIES,
            ("SELECT count(*) AS notes FROM notes WHERE folder_id = :folder_id", "SELECT size(:folder_id) AS notes"),
        ),
        {Q, D, U},
    ),
}
