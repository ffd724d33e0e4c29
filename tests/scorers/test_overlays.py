"""Variants of the reference: patches fit exactly, or are refused by name."""

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.errors import InputError
from scorers.overlays import PATCH, apply_patch, read_variant
from scorers.submission import Submission

REFERENCE = {"a.sql": "-- one\nSELECT 1;\n-- two\nSELECT 2;\n", "b/c.py": "print()\n"}
GIVEN = {"a.sql": "-- slow\n", "b/d.py": "old\n"}
LINES = st.lists(st.sampled_from(["x\n", "-- y\n", "++ z\n", "\u2028w\n", "\n", " \n", "@@ -1 +1 @@\n"]), max_size=30)


def diff(before: str, after: str, path: str = "a.sql") -> str:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"))


def variant(folder: Path, **files: str) -> Submission:
    for path, text in files.items():
        (folder / path.replace("__", ".")).write_text(text, encoding="utf-8")
    base = Submission(files=REFERENCE)
    return read_variant(folder, base, given=GIVEN, description="mutant.yaml", removes=("b/c.py",))


def test_a_variant_is_the_reference_patched_with_new_files_and_without_what_it_removes(tmp_path: Path) -> None:
    patch = diff(REFERENCE["a.sql"], "-- one\nSELECT 3;\n-- two\n")
    found = variant(tmp_path, changes__patch=patch, new__sql="new", mutant__yaml="breaks: it")
    assert found.files == {"a.sql": "-- one\nSELECT 3;\n-- two\n", "new.sql": "new"}


def test_a_patch_may_change_a_given_file_that_the_reference_left(tmp_path: Path) -> None:
    found = variant(tmp_path, changes__patch=diff("old\n", "new\n", "b/d.py"))
    assert found.files == {"a.sql": REFERENCE["a.sql"], "b/d.py": "new\n"}


def test_a_whole_file_wins_over_the_patch(tmp_path: Path) -> None:
    patch = diff(REFERENCE["a.sql"], "patched\n")
    assert variant(tmp_path, changes__patch=patch, a__sql="whole").files == {"a.sql": "whole"}


@given(LINES, LINES)
def test_any_change_of_lines_can_be_told(before: list[str], after: list[str]) -> None:
    text = "".join(difflib.unified_diff(before, after, "a/f", "b/f"))
    old, new = "".join(before), "".join(after)
    if old != new:
        assert apply_patch({"f": old, "g": ""}, text, PATCH) == {"f": new}


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("", "changes nothing"),
        ("SELECT 1;\n", "changes nothing"),
        (diff("x\n", "y\n", "z.sql"), "not there to be changed"),
        (diff(REFERENCE["a.sql"], "y\n") * 2, "changes 'a.sql' in two places"),
        (diff("other\n", "y\n"), "does not fit 'a.sql' at line 1"),
        (diff(REFERENCE["a.sql"], "y\n").replace("@@ -1,4", "@@ -1,9"), "no unified diff"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(patch: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        apply_patch(REFERENCE, patch, PATCH)
