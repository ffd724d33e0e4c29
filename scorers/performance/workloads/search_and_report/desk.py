"""Talking to the help desk: its requests, its pages, and its answers in a comparable form."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side
from scorers.performance.workloads.comparable import ComparableSide, Json
from scorers.performance.workloads.paging import MOST_PAGES, Paging, walk_pages

PAGES = Paging("tickets", "next_cursor", also=frozenset({"total"}))
AGENTS_A_TEAM = 5

REPORT_ALLOWED_S = 5.0
"""How old a report may be, as the prompt says; everything else shows at once."""

REPORT_PATIENCE_S = REPORT_ALLOWED_S + 1
"""How long a report is waited for: a little longer, for the request's own time on a busy machine."""

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


class Desk(ComparableSide):
    """One side's help desk, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        super().__init__(side, seeded=sizes.tickets)

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
            "tickets": self.without_ids([ticket for page in pages for ticket in page["tickets"]]),
        }


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
    return walk_pages(
        side,
        PAGES,
        lambda cursor: page_request(team, q=q, status=status, limit=limit, cursor=cursor),
        most_pages=most_pages,
    )
