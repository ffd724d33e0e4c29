"""What archeval's users add to the plain `locust` command: parameters, arrivals per user, and exact results.

    locust -f loadtests/users/requests.py --host http://127.0.0.1:8000 --parameters requests.json

Works with Locust's web UI, with `--processes` and with `--master` and `--worker`: workers send their raw samples along
with Locust's own reports, and the master sums them up, because percentiles cannot be added.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

import io
import json
import time
from pathlib import Path
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.clock import now_s
from loadtests.outcome import Outcome
from loadtests.recorder import Recorder, Ticker
from loadtests.rehearsal import rehearse
from loadtests.samples import Samples
from loadtests.summary import summarize

SAMPLES, LATENESS, ERRORS = "archeval_samples", "archeval_lateness", "archeval_errors"


def install(base: type) -> None:
    """Hook into Locust's command line; `base` is the class whose subclasses take the options."""

    def on_init(environment: Environment, runner: Any, **_: Any) -> None:
        options: Any = environment.parsed_options
        if options.parameters and not isinstance(runner, WorkerRunner):
            # As text, because Locust hands the options to its workers, which may be on machines without the file.
            options.parameters = Path(options.parameters).read_text(encoding="utf-8")
        users = [user_class for user_class in environment.user_classes if issubclass(user_class, base)]

        def on_test_start(**_: Any) -> None:
            _equip(users, options)

        environment.events.test_start.add_listener(on_test_start)
        if not isinstance(runner, MasterRunner):
            rehearse()
        if options.load_result is not None or isinstance(runner, WorkerRunner):
            Report(environment, runner, Path(options.load_result) if options.load_result else None)

    events.init_command_line_parser.add_listener(_add_options)
    events.init.add_listener(on_init)


def _add_options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("archeval")
    group.add_argument("--parameters", metavar="FILE", help="JSON object from which the user makes its requests")
    group.add_argument(
        "--arrivals-per-user",
        type=float,
        default=1.0,
        help="Arrivals per second that each user adds, in an open loop; 0 is a closed loop (default: 1)",
    )
    group.add_argument("--load-seed", type=int, default=0, help="Seed of arrivals and of what requests draw")
    group.add_argument("--load-timeout", type=float, default=10.0, help="Seconds until a request is given up")
    group.add_argument("--load-result", metavar="FILE", help="Where to write the results as JSON at the end")


def _equip(user_classes: list[Any], options: Any) -> None:
    """At the start of a test, when a worker has its master's options."""
    for user_class in user_classes:
        if options.parameters:
            user_class.parameters = json.loads(options.parameters)
        user_class.paced = options.arrivals_per_user > 0
        user_class.arrivals_per_s = options.arrivals_per_user
        user_class.seed = options.load_seed
        user_class.timeout_s = options.load_timeout


class Report:
    """Collects the samples of a run by the plain command, over all of its processes, on the wall clock."""

    def __init__(self, environment: Environment, runner: Any, path: Path | None) -> None:
        self._options: Any = environment.parsed_options
        self._path = path
        self._parts: list[Samples] = []
        self._late_s: list[float] = []
        self._errors: list[str] = []
        self._began_s = time.time()
        self._reported_s = now_s()
        hooks = environment.events
        hooks.test_start.add_listener(self._on_start)
        self._recorder: Recorder | None = None
        if isinstance(runner, MasterRunner):
            hooks.worker_report.add_listener(self._on_worker_report)
        else:
            self._ticker = Ticker()
            self._recorder = Recorder(environment, timeout_s=self._options.load_timeout)
        if isinstance(runner, WorkerRunner):
            hooks.report_to_master.add_listener(self._on_report)
        else:
            hooks.quitting.add_listener(self._on_quitting)
        self._collects = not isinstance(runner, MasterRunner | WorkerRunner)

    def _on_start(self, **_: Any) -> None:
        self._parts, self._late_s, self._errors = [], [], []
        self._began_s = time.time()
        self._reported_s = now_s()
        if self._recorder is not None:
            self._recorder.timeout_s = self._options.load_timeout  # a worker has its master's by now

    def _on_report(self, *, data: dict[str, Any], **_: Any) -> None:
        samples, late_s, errors = self._since_last()
        packed = io.BytesIO()
        samples.save(packed)
        data[SAMPLES], data[LATENESS], data[ERRORS] = packed.getvalue(), late_s, errors

    def _on_worker_report(self, *, data: dict[str, Any], **_: Any) -> None:
        if SAMPLES in data:
            self._parts.append(Samples.load(io.BytesIO(data[SAMPLES])))
            self._late_s += data[LATENESS]
            self._errors += data[ERRORS]

    def _since_last(self) -> tuple[Samples, list[float], list[str]]:
        """What this process recorded since the last time, due times on the wall clock."""
        assert self._recorder is not None  # a master asks its workers
        moment_s = now_s()
        samples = self._recorder.taken(now_s() - time.time())
        late_s = self._ticker.late_s(self._reported_s, moment_s)
        errors, self._recorder.user_errors = self._recorder.user_errors, []
        self._reported_s = moment_s
        return samples, late_s, errors

    def _on_quitting(self, **_: Any) -> None:
        if self._collects:
            samples, self._late_s, self._errors = self._since_last()
            self._parts = [samples]
        if self._path is None:
            return
        samples = Samples.merged(self._parts) if self._parts else Samples.none()
        shifted = samples.model_copy(update={"due_s": samples.due_s - self._began_s})
        result = summarize(
            shifted,
            duration_s=(float(shifted.due_s[-1]) if len(shifted) else 0.0) + 0.001,  # the last arrival included
            loop_late_s=self._late_s,
            started_monotonic_s=self._began_s - time.time() + now_s(),
            user_errors=self._errors,
        )
        self._path.write_text(Outcome(result=result).model_dump_json(), encoding="utf-8")
