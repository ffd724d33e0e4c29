"""A server with a small schema in it, whose catalog the tests change and look at."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from scorers.database_schema.catalog.snapshot import Catalog, snapshot
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.protocol import PostgresServer, Role

SCHEMA = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE TYPE app.pair AS (one int, two text);
CREATE TYPE app.span AS RANGE (subtype = numeric);
CREATE DOMAIN app.short AS text CONSTRAINT short_enough CHECK (length(VALUE) < 9);
CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE FUNCTION app.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE app.work() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE SEQUENCE app.numbers;
CREATE TABLE app.parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE);
CREATE TABLE app.child (
    id bigint PRIMARY KEY DEFAULT nextval('app.numbers'),
    parent_id bigint NOT NULL CONSTRAINT child_parent REFERENCES app.parent (id),
    size int CONSTRAINT positive CHECK (size > 0),
    name text DEFAULT 'x',
    doubled int GENERATED ALWAYS AS (size * 2) STORED,
    mood app.mood
);
CREATE INDEX child_parent_index ON app.child (parent_id);
CREATE INDEX child_larger ON app.child ((size + 1));
CREATE TRIGGER stopper BEFORE UPDATE ON app.child FOR EACH ROW EXECUTE FUNCTION app.stop();
CREATE RULE quiet AS ON DELETE TO app.child DO ALSO NOTHING;
ALTER TABLE app.child ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.child TO app_user USING (size > 1);
CREATE VIEW app.seen AS SELECT id, name FROM app.child;
CREATE MATERIALIZED VIEW app.stored AS SELECT id FROM app.child;
CREATE TABLE app.event (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE app.event_old PARTITION OF app.event FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE app.event_new PARTITION OF app.event FOR VALUES FROM ('2020-01-01') TO ('2040-01-01');
CREATE STATISTICS app.related ON parent_id, size FROM app.child;
CREATE COLLATION app.plain FROM "C";
CREATE OPERATOR app.@#@ (FUNCTION = app.twice, RIGHTARG = int);
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
CREATE PUBLICATION news FOR TABLE app.parent;
GRANT USAGE ON SCHEMA app TO app_user;
GRANT SELECT ON app.child TO app_user;
COMMENT ON TABLE app.child IS 'children';
"""


@dataclass(frozen=True)
class CatalogDatabase:
    """One database with the schema above."""

    postgres: PostgresServer
    name: str

    def run(self, script: str, role: Role = "app_owner") -> None:
        with self.postgres.connect(self.name, role) as connection:
            connection.execute(script.encode())

    def look(self) -> Catalog:
        with self.postgres.connect(self.name, "admin") as connection:
            return snapshot(connection)


@dataclass(frozen=True)
class CatalogServer:
    """The server, and a template with the schema above."""

    postgres: PostgresServer
    template: str

    @contextmanager
    def database(self) -> Generator[CatalogDatabase]:
        name = self.postgres.create_database(template=self.template)
        try:
            yield CatalogDatabase(self.postgres, name)
        finally:
            self.postgres.drop_database(name)


@contextmanager
def open_catalog_server() -> Generator[CatalogServer]:
    with EmbeddedProvider().open(cluster_bytes=1_000_000_000) as testbed:
        template = testbed.postgres.create_database()
        CatalogDatabase(testbed.postgres, template).run(SCHEMA)
        yield CatalogServer(testbed.postgres, template)
