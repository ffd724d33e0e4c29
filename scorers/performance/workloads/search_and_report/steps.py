"""What is done on baseline and candidate alike: each clause of the contract, each refusal."""

from typing import Any

from scorers.performance.workload import Step
from scorers.performance.workloads.search_and_report.desk import (
    Sizes,
    page_request,
    report_request,
    ticket_request,
    words_of,
)
from scorers.performance.workloads.search_and_report.maker import Maker, imported

ODD_IDS: tuple[object, ...] = (0, -1, 2**63 - 1, 2**63, "abc", "1.5", "%C3%A9")
ODD_LIMITS: tuple[object, ...] = (0, -1, 1, 100, 101, 100000, "ten", "2.5")
ODD_STATUSES: tuple[object, ...] = ("OPEN", "done", "open ", "'; --")
ODD_CURSORS = ("!!", "x", "b2Zmc2V0OmFiYw==", "eyJhIjogMX0=", "é", "0", "' OR 1=1", "A" * 300)
ODD_TEXTS = (
    "100%",
    "%%%",
    "___",
    "größe_l",
    "GRÖßE",
    "GRÖSSE",
    "“Größe",
    "c:\\temp",
    "\\\\\\",
    "\\%\\",
    "100_",
    "1_0%",
    "0% “",
    ".\ninc",
    "inc-1",
    "INC-17",
    ", b",
    "'; --",
    "   ",
    "and or not",
    "a & b | !c",
    "***",
    "zzzzzz",
    "ab",
    "",
    "x" * 60,
    "x" * 61,
    "nul\x00byte",
)
ODD_RANGES: tuple[tuple[object, object], ...] = (
    ("2023-01-01", "2022-12-31"),
    ("2023-01-01", "2024-01-01"),
    ("2023-01-01", "2024-01-02"),
    ("2024-02-30", "2024-03-01"),
    ("2024-2-3", "2024-03-01"),
    ("20240203", "20240301"),
    ("yesterday", "today"),
    ("", ""),
    ("2023-01-01T00:00:00", "2023-02-01"),
    ("1999-12-31", "2000-01-01"),
    ("2100-12-31", "2100-12-31"),
    ("9999-12-31", "9999-12-31"),
)


def recorded(sizes: Sizes) -> list[Step]:
    """Each clause once."""
    make = Maker(sizes)
    team, nobody = 2, sizes.teams
    words = words_of(team - 1 + 5 * sizes.busy)
    texts = [words[0], words[1].upper(), words[4][1:], words[6][:4], f"{words[0]} {words[1]}", f"{words[6]} {words[7]}"]
    across = f"{words[1]} {words[2]}"  # the end of the subject and the beginning of the body: in neither of them
    steps = [
        *(make.asks(page_request(one)) for one in (1, team, nobody, sizes.teams + 1)),
        *(make.walks(team, limit=limit) for limit in (None, 1, 7, 60, 100)),
        *(make.walks(team, limit=5, status=status) for status in ("open", "closed")),
        *(make.walks(team, q=text, limit=limit) for text in texts for limit in (1, 20)),
        *(make.walks(team, q=text, status="open", limit=3) for text in (*texts[:3], "inc-")),
        *(make.walks(team, q=text, limit=9) for text in ("inc-", "INC-1", "ba", "bak", "eri", across)),
        *(make.asks(page_request(team, q=text)) for text in ODD_TEXTS),
        *(make.asks(page_request(1, q=text)) for text in ODD_TEXTS),
        *(make.walks(one, q="100", limit=4) for one in (1, 2, 3)),
        make.walks(nobody, q="inc-"),
        make.asks(page_request(sizes.teams + 1, q="inc-")),
        *(make.asks(page_request(odd)) for odd in ODD_IDS),
        *(make.asks(ticket_request(odd)) for odd in ODD_IDS),
        *(make.asks(report_request(odd, "2023-01-01", "2023-12-31")) for odd in ODD_IDS),
        *(make.asks(page_request(team, limit=odd)) for odd in ODD_LIMITS),
        *(make.asks(page_request(team, status=odd)) for odd in ODD_STATUSES),
        *(make.asks(page_request(team, q="inc-", cursor=odd)) for odd in ODD_CURSORS),
        *(make.asks(ticket_request(ticket)) for ticket in (1, 29, 50, 58, 91, sizes.tickets)),
        *(make.asks(report_request(team, since, until)) for since, until in ODD_RANGES),
        *(make.asks(report_request(one, "2024-01-01", "2024-12-31")) for one in (1, 2, 3, nobody, sizes.teams + 1)),
        *(make.asks(report_request(1, f"2023-0{month}-05", f"2023-0{month}-06")) for month in range(1, 7)),
    ]
    return steps + _writes(make, sizes)


def _writes(make: Maker, sizes: Sizes) -> list[Step]:
    """Creating, working and closing, each refusal, and what other programs do in between."""
    team, other = 3, 1
    ticket = {"subject": "Printer on fire", "body": "It burns at 100% in_room C:\\5.\nHelp"}
    refused: list[Any] = [
        {"subject": "", "body": "x"},
        {"subject": "x" * 201, "body": "x"},
        {"subject": "x", "body": "x" * 5001},
        {"subject": "x"},
        {"subject": 5, "body": "x"},
        {"subject": "nul\x00", "body": "x"},
        {},
        [ticket],
        "text",
    ]
    work = {"agent_id": 7, "minutes": 30}
    bad_work: list[Any] = [
        {"agent_id": 7, "minutes": 0},
        {"agent_id": 7, "minutes": 1441},
        {"agent_id": "7", "minutes": 1},
        {"agent_id": 7, "minutes": 1.5},
        {"agent_id": 7},
    ]
    return [
        make.creates(team, ticket),
        make.creates(team, {"subject": "printer", "body": ""}),
        make.creates(team, {"subject": "Nothing here", "body": "Größe " * 800}),
        make.creates(sizes.teams + 1, ticket),
        *(make.creates(team, body) for body in refused),
        *(
            make.walks(team, q=text)
            for text in ("printer", "PRINTER ON", "100% in_", "fire it", "größe gr", "5.\nhelp")
        ),
        *(
            make.adds("new:0", {"agent_id": agent, "minutes": minutes})
            for agent, minutes in ((7, 1), (3, 3), (7, 1440))
        ),
        *(make.adds("new:0", body) for body in bad_work),
        make.adds("new:0", {"agent_id": sizes.agents + 1, "minutes": 5}),
        make.adds(sizes.tickets + 10_000, work),
        *(make.adds("new:1", {"agent_id": 7, "minutes": 1440}) for _ in range(5)),
        make.adds("new:1", {"agent_id": 8, "minutes": 240}),
        make.adds("new:1", {"agent_id": 8, "minutes": 1}),
        make.adds("new:1", {"agent_id": sizes.agents + 1, "minutes": 1}),
        make.walks(team, q="printer"),
        make.program("move_ticket", ticket_id="new:0", team_id=other),
        make.walks(team, q="printer"),
        make.walks(other, q="printer"),
        make.adds("new:0", work),
        make.reports_today(team),
        make.reports_today(other),
        make.program("close_ticket", ticket_id="new:0"),
        make.adds("new:0", work),
        make.closes("new:0"),
        make.closes("new:1"),
        make.closes("new:1"),
        make.closes(sizes.tickets + 10_000),
        make.adds("new:1", {"agent_id": sizes.agents + 1, "minutes": 5}),
        make.shows("new:0"),
        make.shows("new:1"),
        make.walks(other, q="printer", status="closed"),
        make.walks(other, q="printer", status="open"),
        make.program("edit_ticket", ticket_id="new:0", subject="Toner_50% empty", body="all quiet"),
        make.walks(other, q="printer"),
        make.walks(other, q="r_50% E"),
        make.program("correct_minutes", ticket_id="new:0", agent_id=7, minutes=11),
        make.reports_today(team),
        make.program("import_tickets", **imported(team, "2024-05-31T13:30:00Z", 4)),
        make.walks(team, q="by mail", limit=2),
        make.asks(report_request(team, "2024-05-31", "2024-06-01")),
        make.asks(report_request(team, "2024-06-01", "2024-06-01")),
        make.program("rename_agent", agent_id=3, name="Ein neuer “Name”, naïve"),
        make.walks(team, q="by mail", limit=2),
        make.program("remove_ticket", ticket_id="new:0"),
        make.shows("new:0"),
        make.reports_today(team),
        make.reports_today(other),
    ]
