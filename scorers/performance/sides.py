"""A running service with a database of its own: the scenario's slow one, the submission's, or the reference's."""

import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from scorers.database_schema.named_queries import NamedQuery
from scorers.errors import HarnessFault
from scorers.evidence import Evidence
from scorers.families import GradeJob
from scorers.performance.traffic import HEADERS, NO_ANSWER, Answer, Request, send
from scorers.performance.workload import Violation
from scorers.testbed.pod.opening import open_pod
from scorers.testbed.pod.protocol import Pod
from scorers.testbed.protocol import PostgresServer
from scorers.testbed.sandbox.limits import ServiceLimits
from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.opening import open_service
from scorers.testbed.service.protocol import Service

Who = Literal["baseline", "candidate", "reference"]

REQUEST_S = 30.0
"""How long an answer may take before it is none."""

POSTGRES = "postgres"
POSTGRES_PORT = 5432
CONNECTIONS = 64

PARTNER_SECRET = secrets.token_hex(16)
"""What a partner signs with: the same on all sides, known to no service."""


@dataclass
class RunningSide:
    """See `scorers.performance.workload.Side`."""

    who: Who
    database: str
    pod: Pod
    service: Service
    client: httpx.Client
    postgres: PostgresServer
    programs: Mapping[str, NamedQuery]
    job: GradeJob
    notes: dict[str, Any] = field(default_factory=dict[str, Any])

    def call(self, request: Request) -> Answer:
        """See Side.

        Raises HarnessFault when the given service does not answer, and (attributable) when the candidate's is late or
        the grade's time is up.
        """
        if self.job.left_s < 0:
            raise HarnessFault("the grade's time is up", kind="grade_timeout", attributable=True)
        answer = send(self.client, request)
        if answer.late and self.who == "candidate":  # a busy machine may be to blame: tried again before it counts
            raise HarnessFault(f"{request.label}: {answer.body}", kind="deadline", attributable=True)
        if answer.status == NO_ANSWER and self.who != "candidate":
            raise HarnessFault(f"the {self.who} gave no answer to {request.label}: {answer.body}", kind="given_service")
        return answer

    def program(self, name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        """See Side. Raises Violation when the submission has made the statement fail."""
        query = self.programs[name]
        try:
            with (
                closing(self.postgres.connect(self.database, "app_user")) as session,
                self.postgres.deadline(session, REQUEST_S),
            ):
                cursor = session.execute(query.sql.encode(), [params[key] for key in query.names])
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self.who != "candidate":
                raise
            raise Violation(
                f"another program's statement {name!r} no longer works: SQLSTATE {error.sqlstate}", str(error)
            ) from error

    def assert_alive(self) -> None:
        """Raise ServiceFailure (for the given services HarnessFault) unless all its processes run."""
        try:
            self.service.assert_alive()
        except ServiceFailure as failure:
            raise _blamed(self.who, failure) from failure


@contextmanager
def open_side(
    who: Who,
    postgres: PostgresServer,
    database: str,
    files: Mapping[str, str],
    *,
    limits: ServiceLimits,
    programs: Mapping[str, NamedQuery],
    trusted: bool,
    job: GradeJob,
    partner: Mapping[str, str] | None = None,
) -> Generator[RunningSide]:
    """Start the service of `files` on `database`; stop it after. Raises ServiceFailure when the candidate does not start.

    With `partner`, a service of the scenario's own runs beside it, in a sandbox of its own, at `PARTNER_URL`.
    """
    folder = postgres.socket_folder
    with (
        open_pod(sockets={POSTGRES: folder} if folder else {}, trusted=trusted) as pod,
        _partner_of(pod, partner, limits) as beside,
    ):
        environment = {"DATABASE_URL": _url(postgres, database, pod, folder), **beside}
        with (
            open_service(pod, files, environment=environment, limits=limits) as service,
            pod.http(service.port, **_client_options()) as client,
        ):
            try:
                service.start()
            except ServiceFailure as failure:
                raise _blamed(who, failure) from failure
            yield RunningSide(who, database, pod, service, client, postgres, programs, job)


def failure_evidence(failure: ServiceFailure) -> list[Evidence]:
    """What the service printed."""
    return [Evidence(title="The end of its output", body=failure.output, kind="log")] if failure.output else []


def violation_evidence(violation: Violation, history: Sequence[str] = ()) -> list[Evidence]:
    """What was found, and what was done before."""
    evidence = [Evidence(title="Found", body=violation.detail)] if violation.detail else []
    if history:
        evidence.append(Evidence(title="Done before, last one last", body="\n".join(history)))
    return evidence


@contextmanager
def _partner_of(pod: Pod, files: Mapping[str, str] | None, limits: ServiceLimits) -> Generator[dict[str, str]]:
    """Run the partner, if there is one; what the service must know of it. Raises HarnessFault when it does not start."""
    if files is None:
        yield {}
        return
    environment = {"PARTNER_SECRET": PARTNER_SECRET}
    with open_service(pod, files, environment=environment, limits=ServiceLimits(cpus=limits.cpus)) as partner:
        try:
            partner.start()
        except ServiceFailure as failure:
            raise HarnessFault(
                f"the scenario's own partner service did not start: {failure.reason}\n{failure.output[-2000:]}",
                kind="given_service",
            ) from failure
        yield {"PARTNER_URL": f"http://127.0.0.1:{partner.port}"}


def _url(postgres: PostgresServer, database: str, pod: Pod, folder: Path | None) -> str:
    if folder is not None:
        return postgres.url(database, "app_user", host=str(pod.socket_folder(POSTGRES)))
    where = conninfo_to_dict(postgres.url(database, "app_user"))
    pod.relay_out(POSTGRES_PORT, str(where["host"]), int(where.get("port") or POSTGRES_PORT))
    return postgres.url(database, "app_user", host="127.0.0.1", port=POSTGRES_PORT)


def _client_options() -> dict[str, Any]:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return {"timeout": REQUEST_S, "limits": limits, "headers": HEADERS}


def _blamed(who: Who, failure: ServiceFailure) -> Exception:
    if who == "candidate":
        return failure
    return HarnessFault(
        f"the {who}, which ships with the scenario, failed: {failure.reason}\n{failure.output[-2000:]}",
        kind="given_service",
    )
