"""Talking to the campaigns: their requests, and answers in a form that two databases have in common.

Ids that a side hands out, and times at which it stored a pledge, differ between sides without being wrong. Ids are
replaced by their place in the order in which they were first seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation

JUST_NOW = timedelta(seconds=180)
MOST_PAGES = 400

Json = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """What the seed stored; see `fixtures/seed/seed.sql`."""

    campaigns: int
    hot: int
    hot_pledges: int
    pledges: int
    supporters: int

    @property
    def all_pledges(self) -> int:
        """The highest id of a seeded pledge."""
        return self.hot * self.hot_pledges + self.pledges

    @property
    def with_pledges(self) -> int:
        """Campaigns up to this id have pledges; the last two have none."""
        return self.campaigns - 2

    def campaign_of(self, pledge: int) -> int:
        """The campaign of a seeded pledge."""
        most = self.hot * self.hot_pledges
        if pledge <= most:
            return 1 + (pledge - 1) % self.hot
        return self.hot + 1 + (pledge - most - 1) % (self.with_pledges - self.hot)


def is_open(campaign: int) -> bool:
    """Whether the seed stored the campaign as open."""
    return campaign % 10 != 0


def is_active(pledge: int) -> bool:
    """Whether the seed stored the pledge as active."""
    return pledge % 17 != 0


def has_key(pledge: int) -> bool:
    """Whether the seeded pledge came through the service (`seeded-<id>`) and not by a bank transfer."""
    return pledge % 5 != 0


def campaign_request(campaign: object) -> Request:
    """A campaign with its counters."""
    return Request("campaign", "GET", f"/v1/campaigns/{campaign}")


def page_request(campaign: object, *, limit: object = None, before: object = None) -> Request:
    """A page of a campaign's pledges."""
    given = {"limit": limit, "before": before}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return Request("pledges_page", "GET", f"/v1/campaigns/{campaign}/pledges" + (f"?{query}" if query else ""))


def pledge_request(pledge: object) -> Request:
    """One pledge."""
    return Request("pledge", "GET", f"/v1/pledges/{pledge}")


def add_request(campaign: object, body: Any) -> Request:
    """A new pledge."""
    return Request("add_pledge", "POST", f"/v1/campaigns/{campaign}/pledges", body)


def withdraw_request(pledge: object) -> Request:
    """A withdrawal."""
    return Request("withdraw", "POST", f"/v1/pledges/{pledge}/withdraw")


def body(supporter: object, amount_minor: object, key: object) -> Json:
    """What a new pledge is asked for with."""
    return {"supporter_id": supporter, "amount_minor": amount_minor, "key": key}


def not_declined(amount_minor: int) -> int:
    """The amount, or the next one that the payment company does not decline."""
    return amount_minor + (amount_minor % 100 == 13)


class Office:
    """One side's campaigns, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        self.side = side
        self._sizes = sizes
        self._seen: dict[int, str] = side.notes.setdefault("seen", {})
        self._created: list[int] = side.notes.setdefault("created", [])

    def pledge_id(self, reference: int | str) -> object:
        """The id of a pledge: as seeded, or `new:3`, the one stored fourth through the service (on this side)."""
        if isinstance(reference, int) or not reference.startswith("new:"):
            return reference
        number = int(reference.removeprefix("new:"))
        return self._created[number] if number < len(self._created) else 2**62

    def answer(self, request: Request) -> Any:
        """Send `request` and return its status and body, comparable."""
        return self.comparable(self.side.call(request))

    def add(self, campaign: object, asked: Any) -> Any:
        """Pledge, and remember the id."""
        answer = self.side.call(add_request(campaign, asked))
        if answer.status == 201:
            pledge = answer.fields.get("id")
            self._created.append(pledge if isinstance(pledge, int) else 0)
        return self.comparable(answer)

    def walk(self, campaign: object, limit: int) -> Any:
        """All pages of a campaign: their sizes, and the pledges one after the other."""
        pages = walk(self.side, campaign, limit)
        if isinstance(pages, Answer):
            return self.comparable(pages)
        return {
            "sizes": [len(page["pledges"]) for page in pages],
            "fields": sorted({name for page in pages for name in page}),
            "campaigns": sorted({str(page.get("campaign_id")) for page in pages}),
            "pledges": self._comparable([pledge for page in pages for pledge in page["pledges"]]),
        }

    def comparable(self, answer: Answer) -> Any:
        """Status and body without what may differ between two sides."""
        return {"status": answer.status, "body": self._comparable(answer.body)}

    def _comparable(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._comparable(inner, key) for key, inner in cast("Json", value).items()}
        if isinstance(value, list):
            return [self._comparable(inner, name) for inner in cast("list[Any]", value)]
        if name == "id" and isinstance(value, int) and value > self._sizes.all_pledges:
            return self._seen.setdefault(value, f"new:{len(self._seen)}")
        if name.endswith("_at") and isinstance(value, str):
            return _instant(value)
        return value


def walk(side: Side, campaign: object, limit: int) -> list[Json] | Answer:
    """The pages of a campaign's pledges, or the first answer that is none. Raises Violation."""
    pages: list[Json] = []
    before: int | None = None
    while len(pages) < MOST_PAGES:
        request = page_request(campaign, limit=limit, before=before)
        answer = side.call(request)
        page = answer.fields
        if answer.status != 200 or not isinstance(page.get("pledges"), list) or "next_before" not in page:
            if pages:
                raise Violation(f"a page after the first has no answer: {request.label}", answer.label)
            return answer
        pages.append(page)
        following = page["next_before"]
        if following is None:
            return pages
        if not isinstance(following, int) or (before is not None and following >= before):
            raise Violation(f"next_before leads nowhere: {request.label}", answer.label)
        before = following
    return pages


def good(answer: Answer, statuses: Sequence[int]) -> Json:
    """The body of an answer that must have one of these statuses. Raises Violation."""
    if answer.status not in statuses or not answer.fields:
        raise Violation(f"an answer with status {' or '.join(map(str, statuses))} was due", answer.label)
    return answer.fields


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
