"""Talking to the help desk: its requests, and its answers in a form that two databases have in common.

Ids that a side hands out, and times at which it stored something, differ between sides without being wrong. They are
replaced by their place in the order in which they were first seen.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import quote, urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation

JUST_NOW = timedelta(seconds=120)
MOST_PAGES = 400
AGENTS_A_TEAM = 5

REPORT_ALLOWED_S = 5.0
"""How old a report may be, as the prompt says; everything else shows at once."""

REPORT_PATIENCE_S = REPORT_ALLOWED_S + 1
"""How long a report is waited for: a little longer, for the request's own time on a busy machine."""

Json = dict[str, Any]

_SYLLABLES = ("ba", "ke", "ri", "to", "lu", "ma", "ne", "pi", "so", "du", "fa", "ge", "hi", "jo", "ku", "la")

VOCABULARY = 600
WORDS_A_TICKET = 10


@dataclass(frozen=True)
class Sizes:
    """What the seed stored; see `fixtures/seed/seed.sql`."""

    teams: int
    tickets: int

    @property
    def busy(self) -> int:
        """Teams up to this id have tickets, all of them as many; the last one has none."""
        return self.teams - 1

    @property
    def of_a_team(self) -> int:
        """Tickets of each busy team."""
        return self.tickets // self.busy

    @property
    def found(self) -> int:
        """How many of a team's tickets a word of the vocabulary is in, on average."""
        return self.of_a_team * WORDS_A_TICKET // VOCABULARY

    @property
    def agents(self) -> int:
        """The highest id of an agent."""
        return AGENTS_A_TEAM * self.teams

    def team_of(self, ticket: int) -> int:
        """The team that a seeded ticket belongs to."""
        return 1 + ticket % self.busy

    def tickets_of(self, team: int) -> range:
        """The seeded tickets of a busy team."""
        return range((team - 2) % self.busy + 1, self.tickets + 1, self.busy)


def word(number: int) -> str:
    """A word of the vocabulary."""
    return "".join(_SYLLABLES[number // power % 16] for power in (1, 16, 256))


def words_of(ticket: int) -> list[str]:
    """The words of a seeded ticket: two of the subject, then eight of the body."""
    hashed = ((ticket * (2 * place + 7919) * 31 + place * 7717) % 100003 % VOCABULARY for place in range(1, 11))
    return [word(number) for number in hashed]


def is_open(ticket: int) -> bool:
    """Whether the seed stored the ticket as open."""
    return ticket * 31 % 5 in {1, 3}


def has_entries(ticket: int) -> bool:
    """Whether the seed stored work for the ticket."""
    return ticket % 50 != 0


def page_request(
    team: object, *, q: str | None = None, status: object = None, limit: object = None, cursor: str | None = None
) -> Request:
    """A page of a team's tickets, all or those that a text is in."""
    given = {"q": q, "status": status, "limit": limit, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value is not None}, quote_via=quote)
    endpoint = "tickets" if q is None else "search"
    return Request(endpoint, "GET", f"/v1/teams/{team}/tickets" + (f"?{query}" if query else ""))


def report_request(team: object, since: object, until: object) -> Request:
    """A team's report."""
    return Request("report", "GET", f"/v1/teams/{team}/report?" + urlencode({"from": since, "to": until}))


def ticket_request(ticket: object) -> Request:
    """The details of a ticket."""
    return Request("ticket", "GET", f"/v1/tickets/{ticket}")


def create_request(team: object, body: Any) -> Request:
    """A new ticket."""
    return Request("create_ticket", "POST", f"/v1/teams/{team}/tickets", body)


def add_request(ticket: object, body: Any) -> Request:
    """Work for a ticket."""
    return Request("add_entry", "POST", f"/v1/tickets/{ticket}/entries", body)


def close_request(ticket: object) -> Request:
    """A ticket's end."""
    return Request("close", "POST", f"/v1/tickets/{ticket}/close")


class Desk:
    """One side's help desk, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        self.side = side
        self._sizes = sizes
        self._seen: dict[int, str] = side.notes.setdefault("seen", {})
        self._created: list[int] = side.notes.setdefault("created", [])

    def ticket_id(self, reference: int | str) -> object:
        """The id of a ticket: as seeded, or `new:3`, the one created fourth (on this side)."""
        if isinstance(reference, int) or not reference.startswith("new:"):
            return reference
        number = int(reference.removeprefix("new:"))
        return self._created[number] if number < len(self._created) else 0

    def answer(self, request: Request) -> Any:
        """Send `request` and return its status and body, comparable."""
        return self.comparable(self.side.call(request))

    def comparable(self, answer: Answer) -> Any:
        """Status and body without what may differ between two sides."""
        return {"status": answer.status, "body": self._comparable(answer.body)}

    def create(self, team: object, body: Any) -> Any:
        """Create a ticket and remember its id."""
        answer = self.side.call(create_request(team, body))
        if answer.status == 201:
            ticket_id = answer.fields.get("id")
            self._created.append(ticket_id if isinstance(ticket_id, int) else 0)
        return self.comparable(answer)

    def walk(self, team: object, *, q: str | None = None, status: str | None = None, limit: int | None = None) -> Any:
        """All pages of what is found: the sizes of the pages, the totals, and the tickets one after the other."""
        pages = walk(self.side, team, q=q, status=status, limit=limit)
        if isinstance(pages, Answer):
            return self.comparable(pages)
        return {
            "sizes": [len(page["tickets"]) for page in pages],
            "total": pages[0].get("total"),
            # After the first page, `total` may be there or null, but never wrong.
            "wrong_totals": [page.get("total") for page in pages if page.get("total") not in {None, pages[0]["total"]}],
            "fields": sorted({name for page in pages for name in page}),
            "teams": sorted({str(page.get("team_id")) for page in pages}),
            "tickets": self._comparable([ticket for page in pages for ticket in page["tickets"]]),
        }

    def _comparable(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._comparable(inner, key) for key, inner in cast("Json", value).items()}
        if isinstance(value, list):
            return [self._comparable(inner, name) for inner in cast("list[Any]", value)]
        if name == "id" and isinstance(value, int) and value > self._sizes.tickets:
            return self._seen.setdefault(value, f"new:{len(self._seen)}")
        if name == "next_cursor" and isinstance(value, str):
            return "a cursor"
        if name.endswith("_at") and isinstance(value, str):
            return _instant(value)
        return value


def walk(
    side: Side,
    team: object,
    *,
    q: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    most_pages: int = MOST_PAGES,
) -> list[Json] | Answer:
    """The pages of what is found, at most `most_pages`, or the first answer that is none. Raises Violation."""
    pages: list[Json] = []
    cursor: str | None = None
    while len(pages) < most_pages:
        request = page_request(team, q=q, status=status, limit=limit, cursor=cursor)
        answer = side.call(request)
        page = page_of(answer)
        if page is None:
            if pages:
                raise Violation(f"a page after the first has no answer: {request.label}", answer.label)
            return answer
        pages.append(page)
        following = page.get("next_cursor")
        if following is None:
            return pages
        if not isinstance(following, str) or following == cursor:
            raise Violation(f"next_cursor leads nowhere: {request.label}", answer.label)
        cursor = following
    return pages


def page_of(answer: Answer) -> Json | None:
    """The body of a good page, None when it is none."""
    body = answer.fields
    good = answer.status == 200 and isinstance(body.get("tickets"), list) and {"total", "next_cursor"} <= set(body)
    return body if good else None


def _instant(text: str) -> str:
    """An instant in one spelling; `now` for one that has just been."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return f"no time: {text!r}"
    if instant.tzinfo is None:
        return f"no time zone: {text!r}"
    if abs(datetime.now(UTC) - instant) < JUST_NOW:
        return "now"
    return instant.astimezone(UTC).isoformat()
