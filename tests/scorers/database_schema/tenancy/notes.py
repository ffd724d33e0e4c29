"""A contract with tenants, small enough to write many schemas for: folders, notes in them, comments on notes."""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from scorers.database_schema.oracle import CrossReference, Population, TenantOracle
from scorers.database_schema.session import CallResult, ContractSession
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.values import Value

ID = {"name": "id", "type": "id"}


def _query(name: str, kind: str, params: dict[str, str], columns: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "tenant": True,
        "params": [{"name": param, "type": type_} for param, type_ in params.items()],
        "columns": [{"name": column, "type": type_} for column, type_ in columns.items()],
    }


PARAMETERS: dict[str, Any] = {
    "oracle": "notes",
    "tenant_setting": "app.tenant_id",
    "queries": [
        _query("register_tenant", "write", {"tenant_id": "uuid", "name": "text"}, {}),
        _query("add_folder", "write", {"name": "text"}, {"id": "id"}),
        _query("add_note", "write", {"folder_id": "id", "title": "text", "body": "text"}, {"id": "id"}),
        _query("add_comment", "write", {"note_id": "id", "body": "text"}, {"id": "id"}),
        _query("list_folders", "read", {}, {"id": "id", "name": "text"}),
        _query("list_notes", "read", {"folder_id": "id"}, {"id": "id", "folder_id": "id", "title": "text"}),
        _query("get_note", "read", {"note_id": "id"}, {"id": "id", "title": "text", "body": "text"}),
        _query("count_notes", "read", {"folder_id": "id"}, {"notes": "bigint"}),
        _query("list_comments", "read", {"note_id": "id"}, {"id": "id", "body": "text"}),
        _query("rename_note", "write", {"note_id": "id", "title": "text"}, {"id": "id"}),
        _query("move_note", "write", {"note_id": "id", "folder_id": "id"}, {"id": "id"}),
        _query("delete_note", "write", {"note_id": "id"}, {"id": "id"}),
    ],
}

QUERIES = """
-- name: register_tenant
INSERT INTO tenants (id, name) VALUES (:tenant_id, :name);
-- name: add_folder
INSERT INTO folders (name) VALUES (:name) RETURNING id;
-- name: add_note
INSERT INTO notes (folder_id, title, body) VALUES (:folder_id, :title, :body) RETURNING id;
-- name: add_comment
INSERT INTO comments (note_id, body) VALUES (:note_id, :body) RETURNING id;
-- name: list_folders
SELECT id, name FROM folders ORDER BY name;
-- name: list_notes
SELECT id, folder_id, title FROM notes WHERE folder_id = :folder_id ORDER BY title;
-- name: get_note
SELECT id, title, body FROM notes WHERE id = :note_id;
-- name: count_notes
SELECT count(*) AS notes FROM notes WHERE folder_id = :folder_id;
-- name: list_comments
SELECT id, body FROM comments WHERE note_id = :note_id ORDER BY body;
-- name: rename_note
UPDATE notes SET title = :title WHERE id = :note_id RETURNING id;
-- name: move_note
UPDATE notes SET folder_id = :folder_id WHERE id = :note_id RETURNING id;
-- name: delete_note
DELETE FROM notes WHERE id = :note_id RETURNING id;
"""


class NotesOracle(TenantOracle):
    name = "notes"

    def machine(self) -> type[ContractMachine]:
        return ContractMachine

    def populate(self, session: ContractSession, random: Random, rows: int, population: Population) -> None:
        raise NotImplementedError

    def new_tenant(self, random: Random) -> Value:
        return UUID(int=random.getrandbits(128), version=4)

    def register_tenant(self, session: ContractSession, random: Random, tenant: Value) -> None:
        name = f"workspace {random.getrandbits(40):010x}"
        result = session.call("register_tenant", {"tenant_id": tenant, "name": name}, tenant=tenant)
        assert not result.refused, result

    def populate_tenant(self, session: ContractSession, random: Random, tenant: Value) -> Population:
        self.register_tenant(session, random, tenant)
        population = Population(ids={"folder": [], "note": [], "comment": []})

        def marked(what: str) -> str:
            text = f"{what} {random.getrandbits(40):010x}"
            population.markers.append(text)
            return text

        for _ in range(2):
            folder = session.call("add_folder", {"name": marked("folder")}, tenant=tenant).row["id"]
            population.ids["folder"].append(folder)
            for _ in range(2):
                params = {"folder_id": folder, "title": marked("title"), "body": marked("body")}
                note = session.call("add_note", params, tenant=tenant).row["id"]
                population.ids["note"].append(note)
                comment = {"note_id": note, "body": marked("comment")}
                population.ids["comment"].append(session.call("add_comment", comment, tenant=tenant).row["id"])
        return population

    def reads_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        results = [session.call("list_folders", tenant=tenant)]
        for folder in population.ids["folder"]:
            for query in ("list_notes", "count_notes"):
                results.append(session.call(query, {"folder_id": folder}, tenant=tenant))
        for note in population.ids["note"]:
            for query in ("get_note", "list_comments"):
                results.append(session.call(query, {"note_id": note}, tenant=tenant))
        return results

    def writes_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        folder, note = population.ids["folder"][0], population.ids["note"][0]
        return [
            session.call("add_note", {"folder_id": folder, "title": "x", "body": "y"}, tenant=tenant),
            session.call("add_comment", {"note_id": note, "body": "z"}, tenant=tenant),
            session.call("rename_note", {"note_id": note, "title": "renamed"}, tenant=tenant),
            session.call("move_note", {"note_id": note, "folder_id": population.ids["folder"][1]}, tenant=tenant),
            session.call("delete_note", {"note_id": note}, tenant=tenant),
        ]

    def cross_references(self) -> Sequence[CrossReference]:
        return (
            CrossReference("a note in another's folder", _note_in_folder),
            CrossReference("a note moved into another's folder", _note_moved),
            CrossReference("a comment on another's note", _comment_on_note),
        )


def _note_in_folder(
    session: ContractSession, own: Value, other: Value, populations: dict[Value, Population]
) -> CallResult:
    folder = populations[other].ids["folder"][0]
    return session.call("add_note", {"folder_id": folder, "title": "x", "body": "y"}, tenant=own)


def _note_moved(session: ContractSession, own: Value, other: Value, populations: dict[Value, Population]) -> CallResult:
    params = {"note_id": populations[own].ids["note"][0], "folder_id": populations[other].ids["folder"][0]}
    return session.call("move_note", params, tenant=own)


def _comment_on_note(
    session: ContractSession, own: Value, other: Value, populations: dict[Value, Population]
) -> CallResult:
    return session.call("add_comment", {"note_id": populations[other].ids["note"][0], "body": "z"}, tenant=own)
