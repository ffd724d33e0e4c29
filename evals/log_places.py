"""Where Inspect's logs lie: files and folders here, or anywhere that fsspec reaches by a URL (s3://, gs://, http://, …).

A place is a string: an absolute path, or a URL. Inspect's own functions read and write both.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any, cast

from fsspec.core import url_to_fs  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from inspect_ai.log import EvalLog, list_eval_logs

from scorers.errors import InputError

LOG_SUFFIXES = (".eval", ".json")
"""By which a URL is known as one log's; any other is a folder's."""


def is_url(text: str) -> bool:
    """Whether `text` is a URL, such as s3://bucket/logs, and no path of this machine."""
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme.isalnum()


def log_files(places: Sequence[str | Path]) -> list[str]:
    """Return the logs that `places` (logs, or folders of them) stand for. Raises InputError when there are none."""
    found = [log for place in places for log in (_at_url(str(place)) if is_url(str(place)) else _here(Path(place)))]
    if not found:
        raise InputError(f"there are no logs in {[str(place) for place in places]}")
    return found


def local_path(place: str) -> Path | None:
    """Return the path of a log on this machine, None for one elsewhere."""
    return None if is_url(place) else Path(place)


def name_of(place: str) -> str:
    """The log's own name."""
    return PurePosixPath(place).name


def written_at(place: str, log: EvalLog) -> datetime:
    """When the log was last written, as its file system says, or as it says itself where that does not know."""
    path = local_path(place)
    if path is not None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = _modified(place)
    if found is None:
        return datetime.fromisoformat(log.stats.completed_at or str(log.eval.created))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _here(path: Path) -> list[str]:
    if not path.exists():
        raise InputError(f"there is no log at {str(path)!r}; name a log file or a folder of logs")
    if path.is_file():
        return [str(path)]
    return [info.name.removeprefix("file://") for info in list_eval_logs(str(path))]


def _at_url(url: str) -> list[str]:
    if url.startswith("file://"):
        return _here(Path(url.removeprefix("file://")))
    try:
        files, path = _file_system(url)
        if not files.exists(path):
            raise InputError(f"there is no log at {url!r}; name a log file or a folder of logs")
        return [url] if url.endswith(LOG_SUFFIXES) else [info.name for info in list_eval_logs(url)]
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"cannot read {url!r}: {error}. Logs are read from where fsspec reaches (s3://, gs://, http://, …), with "
            "the credentials that its file systems look for"
        ) from error


def _modified(url: str) -> datetime | None:
    files, path = _file_system(url)
    try:
        return files.modified(path)
    except NotImplementedError:
        stamp = files.info(path).get("Last-Modified")
        return parsedate_to_datetime(stamp) if stamp else None


def _file_system(url: str) -> tuple[Any, str]:
    return cast("tuple[Any, str]", url_to_fs(url))
