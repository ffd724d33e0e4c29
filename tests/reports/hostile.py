"""A log whose every text attacks the page that shows it. Whatever works sets `window.owned`."""

from reports.records import LogRecords, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, FaultRecord, Grade, Measurement
from tests.reports.demo import STARTED

PAYLOADS = (
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=2>",
    "</script><script>window.owned=3</script>",
    "<!--<script>",
    "</style><style>body{background:url(http://127.0.0.1:9/css)}</style>",
    "</textarea></title><svg onload=window.owned=4>",
    '"><a href="javascript:window.owned=5">x</a>',
    "' onmouseover='window.owned=6",
    "javascript:window.owned=7",
    "{{ ''.__class__.__mro__ }} {% for x in range(9) %} ${window.owned=8}",
    "[x](javascript:window.owned=9) ![x](http://127.0.0.1:9/md)",
    "<iframe srcdoc='<script>parent.owned=10</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<base href=http://127.0.0.1:9/><link rel=stylesheet href=//127.0.0.1:9/x.css>",
    "<form action=http://127.0.0.1:9/><button>go</button></form>",
    "admin\u202etxt.exe\u2066 \u200b \x1b[31m \x00 \u2028 \u2029 \ufeff",
    "__proto__",
    "x" * 50_000,
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.owned=11>",
)

ALL = "\n".join(PAYLOADS)
SHORT = " ".join(payload for payload in PAYLOADS if len(payload) < 200)
PATHS = (
    '"><img src=x onerror=window.owned=20>.sql',
    'it\'s "quoted" <b>.py',
    "../../etc/passwd",
    "__proto__",
    "constructor",
    "a\u202egnp.sql",
    "javascript:window.owned=21",
    "deep/" * 30 + "file.md",
)


def hostile_log() -> LogRecords:
    """One run with a sample of each kind, everything in it hostile."""
    run = RunRecord(
        run_id=SHORT,
        eval_id="hostile",
        task_id="hostile",
        log_location=SHORT,
        created_at=STARTED,
        model=SHORT,
        model_snapshot=SHORT,
        persona_name=SHORT,
        persona_hash="<script>window.owned=30</script>",
        suite=SHORT,
        git_commit="<img src=x onerror=window.owned=31>",
        git_dirty=True,
        family="<b>family</b>/&?#",
        status="error",
        generation={"<script>": SHORT},
        archeval_version=SHORT,
        tags=[SHORT],
    )
    samples = [_sample(run, 1), _sample(run, 2, graded=False)]
    return LogRecords(run=run, samples=samples)


def _sample(run: RunRecord, epoch: int, *, graded: bool = True) -> SampleRecord:
    checks = [
        CheckResult(
            check_id=f"{name}<img src=x onerror=window.owned=40>",
            title=SHORT,
            status="failed",
            score=0,
            weight=1,
            gate=True,
            spec_lines=[SHORT],
            message=ALL,
            evidence=[
                Evidence(title=SHORT, body=SHORT + "\n" + "<script>window.owned=41</script>" * 20, kind=kind)
                for kind in ("text", "sql", "diff", "plan", "table", "log")
            ],
        )
        for name in ("first", "__proto__", "second")
    ]
    grade = Grade(
        scenario_id="<i>scenario</i>/?&#%",
        scenario_version="1-A",
        family=run.family,
        submission_hash="<script>window.owned=42</script>",
        checks=checks,
        measurements=[Measurement(name=SHORT, value=1, unit="<script>window.owned=43</script>", target=0)],
        faults=[FaultRecord(step=SHORT, kind="<script>window.owned=44</script>", message=ALL)],
        unscored_reason=None if graded else "fault",
        testbed={"<script>window.owned=45</script>": SHORT},
    )
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{epoch}/'\"><script>window.owned=46</script>#?%41 {epoch}",
        scenario_id=grade.scenario_id,
        scenario_version="1-A",
        scenario_title=SHORT,
        family=run.family,
        epoch=epoch,
        grade=grade,
        outcome="graded" if graded else "unscored",
        reason="" if graded else ALL,
        prompt=ALL,
        files=dict.fromkeys(PATHS, ALL),
        unplaced=ALL,
        completion_excerpt=ALL,
    )
