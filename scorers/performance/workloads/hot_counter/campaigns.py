"""Talking to the campaigns: their requests, their pages, and their answers in a comparable form."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side
from scorers.performance.workloads.comparable import ComparableSide, Json
from scorers.performance.workloads.paging import Paging, walk_pages

PAGES = Paging(
    "pledges",
    "next_before",
    leads_on=lambda following, before: isinstance(following, int) and (before is None or following < before),
)


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


class Office(ComparableSide):
    """One side's campaigns, with answers made comparable."""

    def __init__(self, side: Side, sizes: Sizes) -> None:
        super().__init__(side, seeded=sizes.all_pledges)

    def walk(self, campaign: object, limit: int) -> Any:
        """All pages of a campaign: their sizes, and the pledges one after the other."""
        pages = walk(self.side, campaign, limit)
        if isinstance(pages, Answer):
            return self.comparable(pages)
        return {
            "sizes": [len(page["pledges"]) for page in pages],
            "fields": sorted({name for page in pages for name in page}),
            "campaigns": sorted({str(page.get("campaign_id")) for page in pages}),
            "pledges": self.without_ids([pledge for page in pages for pledge in page["pledges"]]),
        }


def walk(side: Side, campaign: object, limit: int) -> list[Json] | Answer:
    """The pages of a campaign's pledges, or the first answer that is none. Raises Violation."""
    return walk_pages(side, PAGES, lambda before: page_request(campaign, limit=limit, before=before))
