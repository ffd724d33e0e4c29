"""A small world for Inspect's side: a scenario whose answer is one number, graded on a real server by three checks."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scorers.checks import Check, Outcome, check, failed, passed
from scorers.errors import HarnessFault
from scorers.evidence import Evidence
from scorers.families import Family, GradeJob
from scorers.scenario import Scenario

PROMPT = "Hand in answer.sql, one SELECT that returns the number 42.\n"

SOLUTIONS = {
    "reference": "SELECT 42;\n",
    "by_addition": "SELECT 40 + 2;\n",
    "naive": "SELECT 41;\n",
}


def scenario_file(scenario_id: str) -> dict[str, Any]:
    return {
        "id": scenario_id,
        "family": "database_schema",
        "version": "3-B",
        "title": f"The number of {scenario_id}",
        "canary": "archeval-canary-00000000-0000-4000-8000-000000000000",
        "spec_lines": ["profile.role"],
        "deliverables": ["answer.sql"],
        "needs": ["postgres"],
        "suite": "smoke",
    }


def make_root(folder: Path, *ids: str) -> Path:
    """A root with a scenario for each id, whose prompts differ."""
    for scenario_id in ids:
        place = folder / "database_schema" / scenario_id
        (place).mkdir(parents=True)
        (place / "scenario.yaml").write_text(yaml.safe_dump(scenario_file(scenario_id)))
        (place / "prompt.md").write_text(f"{PROMPT}This is {scenario_id}.\n")
        for name, text in SOLUTIONS.items():
            solution = place / "solutions" / name
            solution.mkdir(parents=True)
            (solution / "answer.sql").write_text(text)
    return folder


def scenario_in(root: Path, scenario_id: str) -> Scenario:
    return Scenario.load(root / "database_schema" / scenario_id)


@dataclass
class Bench:
    job: GradeJob

    @property
    def answer(self) -> str:
        return self.job.submission.files.get("answer.sql", "")


@contextmanager
def open_bench(job: GradeJob) -> Generator[Bench]:
    yield Bench(job)


class Weather:
    """What the world does to the next grades: `breaks` lets that many passes fail as if the server had gone."""

    breaks = 0


def family(weather: Weather) -> Family[Bench]:
    @check(id="there", title="The answer is there", spec_lines=(), gate=True)
    def there(bench: Bench) -> Outcome:
        return passed("it is") if bench.answer else failed("there is no answer.sql")

    @check(id="right", title="The number is right", spec_lines=(), gate=True, requires=("there",))
    def right(bench: Bench) -> Outcome:
        if weather.breaks:
            weather.breaks -= 1
            raise HarnessFault("the server has gone", kind="server_gone")
        server = bench.job.testbed.postgres
        with closing(server.connect(server.create_database(), "app_user")) as session:
            (number,) = session.execute(bench.answer.encode()).fetchone() or (None,)
        evidence = [Evidence(title="What came", body=f"```\n{number}\n```", kind="text")]
        return passed("42") if number == 42 else failed(f"it is *{number}*", evidence=evidence)

    @check(id="plain", title="The number is written plainly", spec_lines=(), weight=0.5, requires=("right",))
    def plain(bench: Bench) -> Outcome:
        return failed("it is computed", score=0.5) if "+" in bench.answer else passed("it is")

    checks: tuple[Check[Bench], ...] = (there, right, plain)
    return Family("database_schema", "Numbers", checks, open_bench, lambda _: None)
