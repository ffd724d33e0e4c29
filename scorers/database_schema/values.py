"""Values on their way in and out: parameters bound with the contract's types, results compared as them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int4, Int8

from scorers.database_schema.parameters import ContractField, ValueType

Value = Any
"""A parameter or result value: None, bool, int, str, Decimal, UUID, datetime, date, or JSON data."""


class ShapeError(ValueError):
    """A value or row is not of the type or shape that the contract states."""


def bind_value(value: Value, type_: ValueType) -> object:
    """Wrap `value` so that it is sent as `type_`; text is sent untyped, as most drivers do."""
    if value is None:
        return None
    if type_ == "int":
        return Int4(value)
    if type_ == "bigint" or (type_ == "id" and isinstance(value, int)):
        return Int8(value)
    return Jsonb(value) if type_ == "jsonb" else value


def normalise(value: Value, field: ContractField) -> Value:
    """Return `value` in the form in which equal values of the field's type are equal. Raises ShapeError."""
    if value is None:
        if field.nullable:
            return None
        raise ShapeError(f"column {field.name!r} is NULL")
    normal = _NORMAL[field.type](value)
    if normal is None:
        raise ShapeError(
            f"column {field.name!r} holds {value!r} ({type(value).__name__}); the contract says {field.type}"
        )
    return normal


def _id(value: Value) -> Value | None:
    return value if isinstance(value, (int, UUID)) and not isinstance(value, bool) else None


def _uuid(value: Value) -> Value | None:
    return value if isinstance(value, UUID) else None


def _text(value: Value) -> Value | None:
    return value if isinstance(value, str) else None


def _integer(value: Value) -> Value | None:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _numeric(value: Value) -> Value | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    return number.normalize() + 0 if number.is_finite() else None


def _boolean(value: Value) -> Value | None:
    return value if isinstance(value, bool) else None


def _timestamptz(value: Value) -> Value | None:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else None


def _date(value: Value) -> Value | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _jsonb(value: Value) -> Value | None:
    return json.loads(json.dumps(value)) if isinstance(value, (dict, list, str, int, float, bool)) else None


_NORMAL: dict[ValueType, Callable[[Value], Value | None]] = {
    "id": _id,
    "uuid": _uuid,
    "text": _text,
    "int": _integer,
    "bigint": _integer,
    "numeric": _numeric,
    "boolean": _boolean,
    "timestamptz": _timestamptz,
    "date": _date,
    "jsonb": _jsonb,
}
