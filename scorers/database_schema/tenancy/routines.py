"""Functions and procedures that `app_user` may execute, called with another tenant's ids."""

from dataclasses import dataclass
from random import Random
from typing import LiteralString, cast
from uuid import UUID

from psycopg import sql

from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Attacker, Attempt, Setting
from scorers.database_schema.tenancy.findings import Findings, names
from scorers.database_schema.tenancy.rows import Cells
from scorers.database_schema.tenancy.schema import NUMBER_TYPES, TEXT_TYPES
from scorers.database_schema.tenancy.sessions import limit_of, open_reader
from scorers.database_schema.tenancy.tenants import Label, Tenant, of_nothing
from scorers.database_schema.tenancy.world import World

MAX_CALLS = 16
"""Calls of one routine at most."""

SOME = "50"
"""A number for arguments that are no ids: how many rows, as a rule."""

_ROUTINES: LiteralString = """
    SELECT n.nspname::text, p.proname::text, p.prokind = 'p', p.prosecdef, p.provolatile = 'i', pg_get_userbyid(p.proowner)::text,
           p.prorettype = 'record'::regtype AND NOT coalesce(p.proargmodes && '{o,b,t}'::"char"[], false),
           p.provariadic <> 0, p.pronargdefaults::int,
           ARRAY(SELECT format_type(u.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY u (type, place)
                 ORDER BY u.place),
           ARRAY(SELECT t.typname::text FROM unnest(p.proargtypes) WITH ORDINALITY u (type, place)
                 JOIN pg_type t ON t.oid = u.type ORDER BY u.place),
           ARRAY(SELECT coalesce(p.proargnames[u.place], '') FROM unnest(p.proargtypes) WITH ORDINALITY u (type, place)
                 ORDER BY u.place)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND p.prokind IN ('f', 'p')
      AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND has_schema_privilege('app_user', n.oid, 'USAGE') AND has_function_privilege('app_user', p.oid, 'EXECUTE')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ORDER BY n.nspname, p.proname, p.oid
"""


@dataclass(frozen=True)
class Routine:
    """A function or procedure and its input arguments."""

    schema: str
    name: str
    procedure: bool
    definer: bool
    pure: bool
    """It says that it reads nothing: IMMUTABLE."""
    owner: str
    untyped: bool
    """It returns records whose columns only a caller could name."""
    variadic: bool
    defaults: int
    types: list[str]
    """Types as they are written in SQL."""
    type_names: list[str]
    arguments: list[str]

    @property
    def label(self) -> str:
        """`schema.name(types)`, for people."""
        return f"{self.schema}.{self.name}({', '.join(self.types)})"

    def call(self, values: tuple[str | None, ...]) -> sql.Composed:
        """The statement that calls it; arguments beyond `values` take their defaults."""
        arguments = sql.SQL(", ").join(
            # The type's name as PostgreSQL itself quotes it.
            sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(cast(LiteralString, type_name)))
            for value, type_name in zip(values, self.types, strict=False)
        )
        begin = "CALL {}({})" if self.procedure else "SELECT {}({})" if self.untyped else "SELECT * FROM {}({})"
        return sql.SQL(begin).format(sql.Identifier(self.schema, self.name), arguments)


def call_all(
    world: World, arena: Arena, setting: Setting, victim: Label, findings: Findings, *, calls: int = MAX_CALLS
) -> None:
    """Call every routine with the victim's ids: nothing of its may come back, and nothing of its may change."""
    random = world.bench.random("tenancy/routines")
    called: list[str] = []
    for routine in _routines(world):
        if findings.enough:
            break
        if routine.variadic:
            findings.uncovered.append(f"{routine.label}: takes any number of arguments")
            continue
        called.append(routine.label)
        sets = _argument_sets(world.tenants[victim], routine, random)[:calls]
        _call(world, arena, routine, sets, setting, world.tenants[victim], findings)
    findings.did(
        setting.label, f"called with {victim}'s ids and texts: {names(called) or 'no routine is open to app_user'}"
    )


def _call(
    world: World,
    arena: Arena,
    routine: Routine,
    argument_sets: list[tuple[str | None, ...]],
    setting: Setting,
    victim: Tenant,
    findings: Findings,
) -> None:
    kind = "procedure" if routine.procedure else "function"
    for values in argument_sets:
        attacker = arena.attacker(setting)
        attempt = attacker.run(routine.call(values))
        passed = [str(victim.id), *(value for value in values if value is not None)]
        answer = "\n".join([attempt.message, *(cell for cells in attempt.rows for cell in cells if cell is not None)])
        lines = [f"it returns {token!r}" for token in victim.tokens.found(answer, passed)]
        if not attempt.refused:
            effect = arena.effect()
            lines += effect.harmed(victim.label) + effect.planted(victim.label)
            if effect.nothing and not lines:
                bogus = tuple(
                    _of_nothing(world, setting, victim, argument, value)
                    for argument, value in zip(routine.arguments, values, strict=False)
                )
                lines = _answers_otherwise(attacker, routine, attempt, values, bogus)
        if lines:
            guard = f"SECURITY {'DEFINER' if routine.definer else 'INVOKER'}, owned by {routine.owner}"
            what = f"{setting.label} reaches tenant {victim.label} through the {kind} {routine.label}"
            findings.hole(what, attacker, attempt, [guard, *lines])
            return


def _answers_otherwise(
    attacker: Attacker,
    routine: Routine,
    attempt: Attempt,
    values: tuple[str | None, ...],
    bogus: tuple[str | None, ...],
) -> list[str]:
    """Whether a function with its owner's rights answers otherwise for the victim's ids than for ids of nothing.

    A count of another tenant's rows carries no id and no text, and tells of them all the same.
    """
    if not routine.definer or routine.pure or bogus == values:
        return []
    again, other = (attacker.run(routine.call(asked), keep=False) for asked in (values, bogus))
    steady = not again.refused and again.rows == attempt.rows
    told, expected = _masked(attempt.rows, values), _masked(other.rows, bogus)
    if not steady or other.refused or told == expected:
        return []
    return [f"it returns {told!r}", f"for ids of nothing it returns {expected!r}"]


def _masked(rows: list[Cells], values: tuple[str | None, ...]) -> list[Cells]:
    """The rows with `?` for every value that was passed in."""
    given = [value for value in values if value]
    masked: list[Cells] = []
    for cells in rows:
        texts = list(cells)
        for value in given:
            texts = [None if text is None else text.replace(value, "?") for text in texts]
        masked.append(tuple(texts))
    return masked


def _of_nothing(world: World, setting: Setting, victim: Tenant, argument: str, value: str | None) -> str | None:
    """An id that nothing has, where `value` is one of the victim's that the caller has not; else `value`.

    The same number may be an id of many things: it is taken for the kind that the argument is named after.
    """
    caller = next((tenant for tenant in world.tenants.values() if tenant.setting == setting), None)
    for kind, ids in victim.population.ids.items():
        own = caller.population.ids.get(kind, []) if caller else []
        for known in ids:
            named = isinstance(known, UUID) or (isinstance(known, int) and kind.lower() in argument.lower())
            if named and str(known) == value and known not in own:
                return str(of_nothing(known))
    return value


def _argument_sets(victim: Tenant, routine: Routine, random: Random) -> list[tuple[str | None, ...]]:
    """Arguments to call with: the most likely ones, then each argument varied, then combinations drawn by seed."""
    choices = [
        _candidates(victim, type_name, argument)
        for type_name, argument in zip(routine.type_names, routine.arguments, strict=True)
    ]
    likely = tuple(choice[0] for choice in choices)
    varied = [
        (*likely[:place], value, *likely[place + 1 :]) for place, choice in enumerate(choices) for value in choice[1:]
    ]
    drawn = [tuple(random.choice(choice) for choice in choices) for _ in range(MAX_CALLS)]
    shortened = [likely[: len(likely) - routine.defaults]] if routine.defaults else []
    return list(dict.fromkeys([likely, *shortened, *varied, *drawn]))[:MAX_CALLS]


def _candidates(victim: Tenant, type_name: str, argument: str) -> list[str | None]:
    """Values for one argument, the likeliest first. Never empty."""
    ids = sorted(victim.population.ids.items(), key=lambda kind: kind[0].lower() not in argument.lower())
    if type_name == "uuid":
        named = bool(ids) and ids[0][0].lower() in argument.lower()
        known = [str(value) for _, values in ids for value in values[:1] if isinstance(value, UUID)]
        tenant = [str(victim.id)] if isinstance(victim.id, UUID) else []
        return [*(known + tenant if named else tenant + known), None]
    if type_name in NUMBER_TYPES:
        numbers = [str(value) for _, values in ids for value in values[:1] if isinstance(value, int)]
        return [*numbers, SOME, None] if "id" in argument.lower() else [SOME, *numbers, None]
    if type_name in TEXT_TYPES:
        return [str(victim.id), *victim.population.markers[:3], "", None]
    return [*_OTHERS.get(type_name, ()), None]


def _routines(world: World) -> list[Routine]:
    with open_reader(world.bench, world.database) as reader, limit_of(world.bench, reader)():
        return [Routine(*row) for row in reader.execute(_ROUTINES).fetchall()]


_OTHERS: dict[str, tuple[str, ...]] = {
    "bool": ("true",),
    "timestamptz": ("2001-01-01 00:00:00+00", "2101-01-01 00:00:00+00"),
    "date": ("2001-01-01", "2101-01-01"),
    "jsonb": ("{}",),
}
