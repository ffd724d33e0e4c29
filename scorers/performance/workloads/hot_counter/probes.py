"""Requests to count, to weigh, and to put under load, on the large seed."""

from random import Random

from scorers.performance.traffic import Request
from scorers.performance.workload import Probe, Side, WriteRun
from scorers.performance.workloads.hot_counter.campaigns import (
    Sizes,
    add_request,
    body,
    campaign_request,
    has_key,
    is_active,
    is_open,
    not_declined,
    page_request,
    pledge_request,
    withdraw_request,
)

TIMES = 4
"""Requests of a probe, each with other parameters: what happens once in the background does not look like a cost."""

HOTTEST = 0.7
"""Share of what is asked of campaigns that goes to the first one."""

MIX: tuple[tuple[str, int], ...] = (
    ("add_pledge", 45),
    ("campaign", 35),
    ("pledges_page", 12),
    ("pledge", 5),
    ("withdraw", 3),
)
"""The stated load, in per cent."""


def probes(sizes: Sizes, _: Side, random: Random) -> list[Probe]:
    """Every kind of request, with what its answer lists."""
    hot = [1 + number % sizes.hot for number in range(2 * TIMES)]
    quiet = random.sample(_open(sizes), 2 * TIMES)
    seeded = random.sample(_refundable(sizes), 4 * TIMES)
    replays = [pledge for pledge in seeded[2 * TIMES :] if is_open(sizes.campaign_of(pledge))]
    replays = (replays * (2 * TIMES))[: 2 * TIMES]

    def probe(label: str, requests: list[Request], rows: int, same_as: str | None = None) -> Probe:
        return Probe(requests[0].endpoint, label, requests[:TIMES], requests[TIMES:], rows, 0, same_as)

    def places() -> list[int]:
        return [random.randint(200, sizes.hot_pledges // 2) for _ in hot]

    return [
        probe("a large campaign", [campaign_request(campaign) for campaign in hot], 5),
        probe("a small campaign", [campaign_request(campaign) for campaign in quiet], 5),
        probe("first page of a large campaign", [page_request(campaign, limit=20) for campaign in hot], 20),
        probe("large page of a large campaign", [page_request(campaign, limit=100) for campaign in hot], 100),
        probe(
            "deep page of a large campaign",
            [page_request(campaign, limit=20, before=place) for campaign, place in zip(hot, places(), strict=True)],
            20,
            same_as="first page of a large campaign",
        ),
        probe("a pledge", [pledge_request(pledge) for pledge in seeded[: 2 * TIMES]], 1),
        probe("a new pledge for a large campaign", [_new(sizes, random, campaign) for campaign in hot], 1),
        probe("a new pledge for a small campaign", [_new(sizes, random, campaign) for campaign in quiet], 1),
        probe("a repeated pledge", [_repeated(sizes, pledge) for pledge in replays], 1),
        probe("a withdrawal", [withdraw_request(pledge) for pledge in seeded[: 2 * TIMES]], 1),
    ]


def write_run(sizes: Sizes, random: Random) -> WriteRun:
    """Some of all that writes."""
    run = WriteRun()
    run.requests += [_new(sizes, random, 1 + number % 2) for number in range(24)]
    run.requests += [withdraw_request(pledge) for pledge in random.sample(_refundable(sizes), 8)]
    for campaign in random.sample(_open(sizes), 12):
        transfers = {"transfers": 40, "supporter_id": random.randint(1, sizes.supporters), "amount_minor": 500}
        run.programs.append(("import_transfers", {"campaign_id": campaign, **transfers}))
        goal = {"title": f"Campaign {campaign}", "goal_minor": random.randint(1, 10**9)}
        run.programs.append(("change_goal", {"campaign_id": campaign, **goal}))
    return run


def memory_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """Large answers, hardly ever the same one twice."""
    return [
        page_request(
            random.randint(1, sizes.hot), limit=random.randint(60, 100), before=random.randint(101, sizes.hot_pledges)
        )
        if number % 4
        else campaign_request(random.randint(1, sizes.with_pledges))
        for number in range(count)
    ]


def load_requests(sizes: Sizes, _: Side, random: Random, count: int) -> list[Request]:
    """The stated mix; places in pages are numbers that the contract gives, so no side is asked for any."""
    return baseline_requests(sizes, random, count)


def baseline_requests(sizes: Sizes, random: Random, count: int) -> list[Request]:
    """The stated mix, which the slow service is asked, too."""
    names, weights = [name for name, _ in MIX], [weight for _, weight in MIX]
    withdrawable = iter(random.sample(_refundable(sizes), min(count, len(_refundable(sizes)))))
    open_campaigns = _open(sizes)

    def drawn(name: str) -> Request:
        campaign = 1 if random.random() < HOTTEST else random.choice(open_campaigns)
        match name:
            case "add_pledge":
                return _new(sizes, random, campaign)
            case "pledges_page":
                before = random.choice([None, random.randint(150, sizes.hot_pledges)])
                return page_request(random.randint(1, sizes.hot), before=before)
            case "pledge":
                return pledge_request(random.randint(1, sizes.all_pledges))
            case "withdraw":
                return withdraw_request(next(withdrawable))
            case _:
                return campaign_request(campaign)

    return [drawn(name) for name in random.choices(names, weights, k=count)]


def _new(sizes: Sizes, random: Random, campaign: int) -> Request:
    key = f"{random.getrandbits(96):024x}"
    return add_request(
        campaign, body(random.randint(1, sizes.supporters), not_declined(random.randint(100, 20_000)), key)
    )


def _repeated(sizes: Sizes, pledge: int) -> Request:
    """The request that stored a seeded pledge, again; see `fixtures/seed/seed.sql`."""
    asked = body(1 + pledge * 7877 % sizes.supporters, 100 + pledge * 7919 % 9901, f"seeded-{pledge}")
    return add_request(sizes.campaign_of(pledge), asked)


def _open(sizes: Sizes) -> list[int]:
    return [campaign for campaign in range(sizes.hot + 1, sizes.with_pledges + 1) if is_open(campaign)]


def _refundable(sizes: Sizes) -> list[int]:
    return [pledge for pledge in range(1, sizes.all_pledges + 1) if is_active(pledge) and has_key(pledge)]
