"""Grades the submissions in logs again, or finishes those without a verdict. Neither asks a model."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspect_ai import score  # pyright: ignore[reportUnknownVariableType]  (its scanner types are optional)
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, recompute_metrics, write_eval_log
from inspect_ai.model import get_model
from inspect_ai.util import DisplayType

from evals.log_places import local_path
from evals.scorer import SCORE_NAME, grade_submission
from scorers.errors import InputError


@dataclass(frozen=True)
class Scored:
    """What became of one log: how many samples were graded now, and how many have no verdict still."""

    file: str
    graded: int
    unscored: int


def score_log(file: str, *, only_unscored: bool, options: Mapping[str, Any], display: DisplayType) -> Scored:
    """Grade the samples of the log `file` and write it back.

    The scorer gets the options that the log was made with, overridden by `options`. With `only_unscored`, samples that
    have a verdict keep it. Raises InputError when the file is no finished log of archeval's.
    """
    log = read_eval_log(file, resolve_attachments="full")
    if log.status == "started":
        raise InputError(
            f"{file!r} is still being written, or its run was killed; finish it with `archeval run --log-dir`"
        )
    recorded = next((made.options or {} for made in log.eval.scorers or [] if made.name == SCORE_NAME), None)
    if recorded is None or log.samples is None:
        raise InputError(f"{file!r} is no log of an archeval task with samples; `archeval run` writes such logs")
    chosen = [sample for sample in log.samples if not (only_unscored and has_verdict(sample))]
    if chosen:
        scored = _score(log.model_copy(update={"samples": chosen}), {**recorded, **options}, display)
        if only_unscored:
            _merge(log, scored)
        else:
            log = scored
        _write(log, file)
    unscored = sum(not has_verdict(sample) for sample in log.samples or [])
    return Scored(file, len(chosen), unscored)


def has_verdict(sample: EvalSample) -> bool:
    """Whether the sample has a score; an unscored one has NaN in its place."""
    found = (sample.scores or {}).get(SCORE_NAME)
    return found is not None and not (isinstance(found.value, float) and math.isnan(found.value))


def _score(log: EvalLog, options: dict[str, Any], display: DisplayType) -> EvalLog:
    # The log's own model is not asked and may need a key that nobody has here.
    nobody = get_model("replay/reference")
    return score(log, grade_submission(**options), action="overwrite", model=nobody, display=display)


def _merge(log: EvalLog, scored: EvalLog) -> None:
    by_key = {(sample.id, sample.epoch): sample for sample in scored.samples or []}
    log.samples = [by_key.get((sample.id, sample.epoch), sample) for sample in log.samples or []]
    recompute_metrics(log)


def _write(log: EvalLog, file: str) -> None:
    """Replace the log as a whole, so that an interruption leaves the old one; elsewhere as that file system does."""
    path = local_path(file)
    if path is None:
        _write_elsewhere(log, file)
        return
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    write_eval_log(log, str(partial))
    partial.replace(path)


def _write_elsewhere(log: EvalLog, url: str) -> None:
    try:
        write_eval_log(log, url)
    except (OSError, NotImplementedError) as error:
        raise InputError(
            f"cannot write the log back to {url!r}: {error}. Copy the logs to where they may be written, and score them there"
        ) from error
