"""The sides of a comparison as the user names them: logs and folders of them (paths or URLs), run ids, or selections."""

import importlib
import tempfile
from contextlib import ExitStack
from pathlib import Path

from reports.compare.sides import Side, read_side
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError

KEYS = {"persona": "personas", "model": "models", "run": "run_ids", "family": "families", "suite": "suites"}
"""What a selection may name, and the field of `Filters` that it sets."""

NEWEST = {"latest": 0, "previous": 1}
"""Names for the newest runs of the store; a file of this name comes first, as with all names."""


def open_side(text: str, store_path: Path, narrowed: Filters, stack: ExitStack) -> Side:
    """Return the answers that `text` stands for, narrowed to some families and suites.

    Logs are read into a store of their own, which is gone when `stack` closes; the user's store is not written. Raises
    InputError when nothing is there under this name.
    """
    if "://" in text or Path(text).exists():
        return read_side(_store_of_logs(text, stack), narrowed, text)
    return stored_side(text, Store.open(store_path, create=False), narrowed, looked_for="no file or folder here and ")


def stored_side(text: str, store: Store, narrowed: Filters, *, looked_for: str = "") -> Side:
    """Return the answers of `store` that `text` stands for: a run, the latest or previous one, or a selection.

    Raises InputError when there are none; it also says what else was `looked_for`.
    """
    if "=" in text:
        return read_side(store, selection(text, narrowed), text)
    rows = store.query("SELECT run_id FROM runs GROUP BY run_id ORDER BY max(created_at) DESC, run_id")
    known = [str(row[0]) for row in rows]
    if text in NEWEST:
        if len(known) <= NEWEST[text]:
            raise InputError(f"the store {str(store.path)!r} has {len(known)} runs, so none is the {text} one")
        text = known[NEWEST[text]]
    if text not in known:
        raise InputError(
            f"{text!r} is {looked_for}no run in the store {str(store.path)!r}, which has {known[:5]}; name one of its runs, or select "
            f"with {', '.join(f'{key}=…' for key in KEYS)}, joined by commas"
        )
    return read_side(store, _with(narrowed, "run_ids", (text,)), text)


def selection(text: str, narrowed: Filters) -> Filters:
    """Return the filters of `persona=…,model=…`. A key that is repeated widens. Raises InputError for what is none."""
    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if key not in KEYS or not equals or not value:
            raise InputError(f"{part!r} in {text!r} selects nothing; write {', '.join(f'{key}=…' for key in KEYS)}")
        found[KEYS[key]] = (*found.get(KEYS[key], ()), value)
    for field, values in found.items():
        narrowed = _with(narrowed, field, values)
    return narrowed


def _with(filters: Filters, field: str, values: tuple[str, ...]) -> Filters:
    return Filters(**{name: getattr(filters, name) for name in Filters.__dataclass_fields__} | {field: values})


def _store_of_logs(place: str, stack: ExitStack) -> Store:
    # Inspect takes seconds to import; only who names logs waits for it.
    reader = importlib.import_module("evals.ingest")
    places = importlib.import_module("evals.log_places")
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="archeval-compare-"))
    store = Store.open(Path(folder) / "logs.duckdb")
    if not reader.ingest(store, places.log_files([place])):
        raise InputError(f"the logs in {place!r} are none of archeval's, or are still being written")
    return store
