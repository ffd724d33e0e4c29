from pathlib import Path

import pytest

from reports.compare.model import Rules
from reports.gate.policy import Policy, load_policy
from scorers.errors import InputError


def test_without_a_file_there_is_a_default(tmp_path: Path) -> None:
    assert load_policy(tmp_path) == Policy()
    assert Policy().rules == Rules()


def test_a_project_may_say_so_in_its_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.archeval.gate]\nfloor = 0.1\nmay_not_flip = ["tenancy.*"]\n')
    assert load_policy(tmp_path) == Policy(floor=0.1, may_not_flip=["tenancy.*"])


def test_the_readmes_policy_is_one(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(readme.split("```toml\n")[1].split("```")[0])
    found = load_policy(tmp_path)
    assert (found.may_not_flip, found.reuse_base_days) == (["tenancy.*"], 7)


def test_its_own_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.archeval.gate]\nfloor = 0.1\n")
    (tmp_path / "archeval.toml").write_text("[gate]\nfloor = 0.2\nmax_cost_per_answer_usd = 1\n")
    assert load_policy(tmp_path) == Policy(floor=0.2, max_cost_per_answer_usd=1.0)


def test_a_pyproject_without_a_policy_has_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nfloor = 0.1\n")
    assert load_policy(tmp_path) == Policy()
    with pytest.raises(InputError, match="has no table"):
        load_policy(tmp_path, tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gate]\nflour = 0.1\n", "flour"),
        ("[gate]\nfloor = 0\n", "floor: Input should be greater than 0"),
        ("[gate]\nalpha = 0.7\n", "alpha"),
        ("[gate]\nmay_not_flip = 'x'\n", "may_not_flip"),
        ("gate = 3\n", "the table"),
        ("[gate\n", "cannot read the policy"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "archeval.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_policy(tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the policy"):
        load_policy(tmp_path, tmp_path / "nowhere.toml")
