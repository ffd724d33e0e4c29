"""Walking through pages: from answer to answer, by what each says about the next one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import Side, Violation
from scorers.performance.workloads.comparable import Json

MOST_PAGES = 400


@dataclass(frozen=True)
class Paging:
    """How a contract's pages are made: the key of the list, the key that leads on, and others that must be there."""

    items: str
    next_key: str
    also: frozenset[str] = frozenset()
    leads_on: Callable[[Any, Any], bool] = lambda following, before: isinstance(following, str) and following != before
    """Whether the next place, given the last one (None on the first page), leads anywhere new."""

    def page_of(self, answer: Answer) -> Json | None:
        """The body of a good page, None when it is none."""
        body = answer.fields
        good = answer.status == 200 and isinstance(body.get(self.items), list)
        return body if good and {self.next_key, *self.also} <= set(body) else None


def walk_pages(
    side: Side, paging: Paging, request_at: Callable[[Any], Request], *, most_pages: int = MOST_PAGES
) -> list[Json] | Answer:
    """The pages, at most `most_pages`, or the first answer if it is none. `request_at` asks for a place, None first.

    Raises Violation when a later page has no answer, or leads nowhere.
    """
    pages: list[Json] = []
    place: Any = None
    while len(pages) < most_pages:
        request = request_at(place)
        answer = side.call(request)
        page = paging.page_of(answer)
        if page is None:
            if pages:
                raise Violation(f"a page after the first has no answer: {request.label}", answer.label)
            return answer
        pages.append(page)
        following = page[paging.next_key]
        if following is None:
            return pages
        if not paging.leads_on(following, place):
            raise Violation(f"{paging.next_key} leads nowhere: {request.label}", answer.label)
        place = following
    return pages
