"""Changes by other programs, and by the service itself, that answers must show at once."""

from collections.abc import Callable
from random import Random
from typing import Any

from scorers.performance.traffic import Answer, Request
from scorers.performance.workload import FreshCase, Side
from scorers.performance.workloads.hot_counter.campaigns import (
    Office,
    Sizes,
    add_request,
    body,
    campaign_request,
    has_key,
    is_active,
    is_open,
    page_request,
    pledge_request,
    withdraw_request,
)


def fresh_cases(sizes: Sizes, random: Random) -> list[FreshCase]:
    """One case for each thing that changes, in other places on each call."""
    quiet = random.choice([campaign for campaign in range(sizes.hot + 1, sizes.with_pledges) if is_open(campaign)])
    number, supporter = random.randint(1, 10**9), random.randint(1, sizes.supporters)
    seeded = [pledge for pledge in range(1, sizes.all_pledges) if is_active(pledge) and has_key(pledge)]
    taken_back = random.choice([pledge for pledge in seeded if sizes.campaign_of(pledge) == 1])
    named = random.choice(seeded)
    giver = 1 + (named * 7877) % sizes.supporters

    def program(name: str, /, **params: Any) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            side.program(name, params)

        return change

    def request(asked: Request) -> Callable[[Side], None]:
        def change(side: Side) -> None:
            side.call(asked)

        return change

    def case(name: str, looks: list[Request], change: Callable[[Side], None]) -> FreshCase:
        return FreshCase(name, looks, change, 0.0, lambda side, answer: _comparable(sizes, side, answer))

    def pages(campaign: int) -> list[Request]:
        return [campaign_request(campaign), page_request(campaign), page_request(campaign, limit=100)]

    transfers = {"transfers": 3, "supporter_id": supporter, "amount_minor": 4000 + number % 100}
    return [
        case(
            "transfers imported for the first campaign",
            pages(1),
            program("import_transfers", campaign_id=1, **transfers),
        ),
        case("transfers imported", pages(quiet), program("import_transfers", campaign_id=quiet, **transfers)),
        case(
            "a pledge through the service", pages(1), request(add_request(1, body(supporter, 4200, f"fresh-{number}")))
        ),
        case(
            "a withdrawal through the service",
            [pledge_request(taken_back), *pages(1)],
            request(withdraw_request(taken_back)),
        ),
        case(
            "a supporter renamed",
            [pledge_request(named), *pages(sizes.campaign_of(named))],
            program("rename_supporter", supporter_id=giver, name=f"Renamed {number}"),
        ),
        case(
            "another goal and title",
            [campaign_request(1)],
            program("change_goal", campaign_id=1, title=f"Goal {number}", goal_minor=number),
        ),
        case("a campaign closed", [campaign_request(quiet)], program("close_campaign", campaign_id=quiet)),
    ]


def _comparable(sizes: Sizes, side: Side, answer: Answer) -> Any:
    return Office(side, sizes).comparable(answer)
