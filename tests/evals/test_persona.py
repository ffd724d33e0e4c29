"""Which persona is sent, and what identifies it."""

import hashlib
from pathlib import Path

import pytest

from evals.persona import load_persona
from scorers.errors import InputError


def test_the_default_is_the_shipped_one_without_its_canary() -> None:
    persona = load_persona()
    assert persona.name == "backend_architect"
    assert persona.text.startswith("# Backend architect\n")
    assert "canary" not in persona.text
    assert persona.hash == hashlib.sha256(persona.text.encode()).hexdigest()


def test_none_is_no_system_prompt() -> None:
    persona = load_persona("none")
    assert (persona.name, persona.text) == ("none", "")


def test_comments_are_not_sent_and_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("<!-- a\nb -->\nBe brief.<!-- c -->\n")
    (tmp_path / "two.md").write_text("Be brief.")
    (tmp_path / "three.md").write_text("Be long.")
    one, two, three = (load_persona(tmp_path / f"{name}.md") for name in ("one", "two", "three"))
    assert one.text == "Be brief.\n"
    assert one.hash == two.hash != three.hash
    assert (one.name, two.name) == ("one", "two")


def test_a_relative_path_is_the_shells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.md").write_text("Be brief.")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_persona("mine.md").text == "Be brief.\n"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot read"), (b"<!-- x -->", "is empty"), (b"\xff", "cannot read")]
)
def test_what_cannot_be_sent_is_an_error(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "p.md").write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_persona(tmp_path / "p.md")
