"""The values that the oracle of `evolve_billing` tries: few, so that they meet, and awkward ones among them."""

from datetime import UTC, datetime, timedelta

FIRST_DAY = datetime(2024, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
YEAR_9999 = datetime(9999, 1, 1, tzinfo=UTC)
YEAR_1970 = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_ID = 9_223_372_036_854_775_807

TEXTS: tuple[str | None, ...] = (
    None,
    "",
    "   ",
    "open",
    " Open ",
    "PENDING",
    "unpaid",
    "paid",
    "Paid  ",
    "  PAYED",
    "settled",
    "Void",
    "voided ",
    "Canceled",
    "CANCELLED",
    "review",
    "paid in full",
    "paid.",
    "pa id",
    "void\t",
    "\topen",
    "bezahlt ✓",
    "ÖFFEN",
    "opened",
    "0",
    "null",
)
"""Statuses as clerks type them."""

NAMES: tuple[str | None, ...] = (None, "", "Ann Lee", "Ω Παπαδοπούλου", "O'Brien; DROP TABLE x", "山田 太郎", "👩‍💻 Co")
DESCRIPTIONS = ("seats", "legacy", " ", "größer ✓", "a'b\"c\\d", "x" * 500)


def moment(number: int) -> datetime:
    """The `number`th of a row of moments that are a microsecond, an hour or a day apart."""
    return FIRST_DAY + timedelta(microseconds=number % 2, hours=number // 2 % 3, days=number // 6)
