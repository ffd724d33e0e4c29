from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scorers.errors import InputError
from scorers.submission import MAX_FILES, MAX_TOTAL_BYTES, Submission


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "./a",
        "",
        "a/",
        "C:/x",
        "a\\b",
        "x" * 300,
        "a\nb",
        "a\x00b",
        "\u202egpj",
    ],
)
def test_bad_paths_are_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="path"):
        Submission(files={path: "text"})


@pytest.mark.parametrize("path", ["a", "a/b.sql", ".github/x.yml", "a..b/c", "ünï/cödé.md", "with space.txt"])
def test_plain_paths_are_accepted(path: str) -> None:
    assert Submission(files={path: "text"}).files == {path: "text"}


def test_limits_on_number_and_size() -> None:
    Submission(files={f"f{n}": "" for n in range(MAX_FILES)})
    with pytest.raises(ValidationError, match="at most 200 files"):
        Submission(files={f"f{n}": "" for n in range(MAX_FILES + 1)})
    Submission(files={"a": "x" * MAX_TOTAL_BYTES})
    with pytest.raises(ValidationError, match="bytes"):
        Submission(files={"a": "ü" * (MAX_TOTAL_BYTES // 2 + 1)})


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Submission(files={"a": text})


def test_a_file_cannot_be_a_folder_as_well() -> None:
    with pytest.raises(ValidationError, match="file and a folder"):
        Submission(files={"a": "", "a/b": ""})


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c/d"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    )
)
def test_the_hash_ignores_order(files: dict[str, str]) -> None:
    turned = dict(reversed(files.items()))
    assert Submission(files=files).content_hash == Submission(files=turned).content_hash


def test_the_hash_tells_contents_and_borders_apart() -> None:
    variants = [{"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"a": "b"}, {}]
    assert len({Submission(files=files).content_hash for files in variants}) == len(variants)


def test_a_folder_is_read_and_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text("SELECT 1;")
    assert Submission.from_directory(tmp_path).files == {"migrations/1.sql": "SELECT 1;"}
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match=r"'link'.*is a link"):
        Submission.from_directory(tmp_path)


def test_binary_files_and_missing_folders_are_clear_errors(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        Submission.from_directory(tmp_path)
    with pytest.raises(InputError, match="no submission folder"):
        Submission.from_directory(tmp_path / "nowhere")


def test_overlay_replaces_adds_and_removes() -> None:
    base = Submission(files={"a": "1", "b": "2"})
    assert base.overlaid(Submission(files={"a": "3", "c": "4"}), removed=("b",)).files == {"a": "3", "c": "4"}
