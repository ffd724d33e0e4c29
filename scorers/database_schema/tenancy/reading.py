"""Reading every relation by direct SQL, and telling whose rows were seen."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import sql

from scorers.database_schema.tenancy.attacker import Attacker, Attempt
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.rows import Cells, cut, select, shown_cells
from scorers.database_schema.tenancy.schema import Relation
from scorers.database_schema.tenancy.tenants import Label
from scorers.database_schema.tenancy.world import World

Read = Callable[[Attacker, list[str], Relation], Attempt]

_OFF = sql.SQL("SET LOCAL row_security = off")


def _select(attacker: Attacker, columns: list[str], relation: Relation) -> Attempt:
    return attacker.run(select(columns, relation.sql), keep=False)


def _select_for_update(attacker: Attacker, columns: list[str], relation: Relation) -> Attempt:
    return attacker.run(select(columns, relation.sql) + sql.SQL(" FOR UPDATE"), keep=False)


def _select_unfiltered(attacker: Attacker, columns: list[str], relation: Relation) -> Attempt:
    return attacker.run(select(columns, relation.sql), keep=False, before=[_OFF])


def _copy(attacker: Attacker, columns: list[str], relation: Relation) -> Attempt:
    return attacker.copy_out(columns, relation.sql)


READS_OF_TABLES: tuple[tuple[str, Read], ...] = (
    ("SELECT", _select),
    ("SELECT … FOR UPDATE", _select_for_update),
    ("SELECT with row_security = off", _select_unfiltered),
    ("COPY … TO", _copy),
)


@dataclass(frozen=True)
class Watch:
    """Who reads and whose rows must not be seen."""

    world: World
    attacker: Attacker
    foreign: tuple[Label, ...]
    findings: Findings

    def read_all(self, reads: Sequence[tuple[str, Read]] = READS_OF_TABLES) -> None:
        """Read every relation; tables in every way of `reads`, the others by a plain SELECT."""
        closed: list[str] = []
        seen: list[str] = []
        for relation in self.world.schema.relations.values():
            if not relation.readable:
                closed.append(relation.label)
                continue
            seen.append(relation.label)
            for way, read in reads if relation.stored else reads[:1]:
                attempt = read(self.attacker, [column.name for column in relation.readable], relation)
                if self._leaks(relation, way, attempt):
                    break
        who = self.attacker.setting.label
        self.findings.did(who, f"read {len(seen)} relations ({names(seen)})")
        if closed:
            self.findings.did(who, f"{names(closed)}: app_user may not read any column")
        tables = {identity.table for label in self.foreign for identity in self.world.tenants[label].changed}
        if tables:
            shared = names(self.world.schema.relations[table].label for table in tables)
            self.findings.did(who, f"rows of {shared} that changed while others were served count as shared")

    def _leaks(self, relation: Relation, way: str, attempt: Attempt) -> bool:
        leaked = self._leaked(relation, attempt.rows)
        if not leaked and not relation.stored:
            leaked = self._grown(relation, attempt)
        told = self._told(attempt.message)
        if not leaked and not told:
            return False
        lines = [f"{len(leaked)} rows that are not this tenant's, among them:"] if leaked else []
        lines += [f"  {shown_cells(attempt.columns, cells)}" for cells in leaked] + told
        who = " or ".join(self.foreign)
        what = f"{self.attacker.setting.label} reads rows of tenant {who} in {relation.label} ({way})"
        self.findings.hole(what, self.attacker, attempt, lines, relation)
        return True

    def _leaked(self, relation: Relation, rows: list[Cells]) -> list[Cells]:
        """Rows that carry a token of a foreign tenant, or that only a foreign tenant's rows can explain."""
        marked = [cells for cells in rows if self._marks(cells)]
        if marked or not relation.stored:
            return marked
        columns = [column.name for column in relation.readable]
        foreign = frozenset[object]().union(*(self.world.tenants[label].rows for label in self.foreign))
        allowed = Counter(
            cut(relation, row, columns) for row in self.world.all_in(relation) if row.identity not in foreign
        )
        return list((Counter(rows) - allowed).elements())

    def _grown(self, view: Relation, attempt: Attempt) -> list[Cells]:
        """All rows of a view that shows more than it did before the foreign tenants were served."""
        before = self.world.view_rows.get((view.oid, self.attacker.setting))
        return attempt.rows if before is not None and attempt.count > before else []

    def _marks(self, cells: Cells) -> list[str]:
        text = "\n".join(cell for cell in cells if cell is not None)
        return [token for label in self.foreign for token in self.world.tenants[label].tokens.found(text)]

    def _told(self, message: str) -> list[str]:
        return [f"the error tells: {message}"] if self._marks((message,)) else []
