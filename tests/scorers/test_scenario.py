from pathlib import Path
from typing import Any

import pytest
import yaml

from scorers.errors import InputError
from scorers.scenario import Scenario

GOOD: dict[str, Any] = {
    "id": "shop",
    "family": "database_schema",
    "version": "1-A",
    "title": "A shop",
    "canary": "archeval-canary-00000000-0000-0000-0000-000000000000",
    "spec_lines": ["task.database_schema"],
    "deliverables": ["queries.sql"],
    "needs": ["postgres"],
}


def folder_with(root: Path, **changes: Any) -> Path:
    folder = root / "database_schema" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    content = {key: value for key, value in (GOOD | changes).items() if value is not None}
    (folder / "scenario.yaml").write_text(yaml.safe_dump(content))
    (folder / "prompt.md").write_text("Design it.")
    return folder


def with_file(folder: Path, path: str, text: str) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_a_good_folder_loads(tmp_path: Path) -> None:
    scenario = Scenario.load(folder_with(tmp_path))
    assert (scenario.id, scenario.version, scenario.prompt) == (
        "shop",
        "1-A",
        "Design it.",
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"extra": 1}, "'extra'"),
        ({"version": "1"}, "'version'"),
        ({"canary": "x"}, "'canary'"),
        ({"spec_lines": []}, "'spec_lines'"),
        ({"limits": {"grade_ms": 5}}, "'limits.grade_ms'"),
        ({"title": None}, "'title'"),
        ({"id": "other"}, "'other'"),
        ({"needs": ["oracle"]}, "'needs.0'"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.load(folder_with(tmp_path, **changes))
    assert "scenario.yaml" in str(caught.value)
    assert named in str(caught.value)


def test_broken_yaml_and_a_missing_prompt_are_clear_errors(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "prompt.md").unlink()
    with pytest.raises(InputError, match=r"prompt\.md"):
        Scenario.load(folder)
    (folder / "scenario.yaml").write_text("a: [")
    with pytest.raises(InputError, match="not YAML"):
        Scenario.load(folder)


def test_mutants_and_cheats_overlay_the_reference(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    with_file(folder, "solutions/reference/a.sql", "right")
    with_file(folder, "solutions/reference/b.sql", "kept")
    with_file(folder, "mutants/worse/a.sql", "wrong")
    with_file(
        folder,
        "mutants/worse/mutant.yaml",
        "{breaks: it, must_fail: [right], removes: [b.sql]}",
    )
    with_file(folder, "cheats/sly/a.sql", "sly")
    with_file(folder, "cheats/sly/cheat.yaml", "{attempts: it, must_fail: [right]}")
    scenario = Scenario.load(folder)
    assert scenario.mutant("worse")[1].files == {"a.sql": "wrong"}
    assert scenario.cheat("sly")[1].files == {"a.sql": "sly", "b.sql": "kept"}
    assert (scenario.solution_names(), scenario.mutant_names()) == (
        ["reference"],
        ["worse"],
    )
    with pytest.raises(InputError, match=r"no solution 'x'.*reference"):
        scenario.solution("x")


def test_the_content_hash_follows_prompt_parameters_and_fixtures(
    tmp_path: Path,
) -> None:
    folder = folder_with(tmp_path)
    seen = {Scenario.load(folder).content_hash()}
    with_file(folder, "fixtures/seed.sql", "SELECT 1;")
    seen.add(Scenario.load(folder).content_hash())
    with_file(folder, "prompt.md", "Design it well.")
    seen.add(Scenario.load(folder).content_hash())
    folder_with(tmp_path, title="Another")
    seen.add(Scenario.load(folder).content_hash())
    with_file(folder, "solutions/reference/a.sql", "not part of it")
    seen.add(Scenario.load(folder).content_hash())
    assert len(seen) == 4
