"""Ask a broker of your own: `python -m scorers.testbed.brokers.conformance --kafka 127.0.0.1:9092` or `--nats URL`."""

import sys

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scorers.testbed.brokers.conformance.probe import Settings
from scorers.testbed.brokers.conformance.suite import ALL_PROBES, KAFKA_PROBES, NATS_PROBES, Outcome, run_suite

_MARKS = {True: "yes", False: "no", None: "not asked"}


@click.command()
@click.option("--kafka", metavar="HOST:PORT", help="A broker that speaks Kafka's protocol.")
@click.option("--nats", metavar="URL", help="A NATS server with JetStream.")
@click.option("--only", metavar="TEXT", default="", help="Only probes whose id contains TEXT.")
def main(kafka: str | None, nats: str | None, only: str) -> None:
    """Print which of the probes hold. Topics and streams that it makes are left there."""
    if (kafka is None) == (nats is None):
        raise click.UsageError("name one server: --kafka HOST:PORT or --nats URL")
    settings: Settings = {"bootstrap.servers": kafka} if kafka else {"url": nats or ""}
    probes = [probe for probe in (KAFKA_PROBES if kafka else NATS_PROBES) if only in probe.id]
    with Console(stderr=True).status("asking") as status:
        outcomes = run_suite(probes, settings, said=lambda one: status.update(f"asked {one.probe_id}"))
    Console().print(_table(outcomes))
    sys.exit(0 if all(outcome.holds is not False for outcome in outcomes) else 1)


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(box=None)
    for heading in ("probe", "asks", "holds", "found"):
        table.add_column(heading, overflow="fold")
    for one in outcomes:
        table.add_row(one.probe_id, ALL_PROBES[one.probe_id].asks, _MARKS[one.holds], Text(one.found))
    return table


if __name__ == "__main__":
    main()
