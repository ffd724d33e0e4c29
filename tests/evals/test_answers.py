"""The answer parser, on a corpus of the ways models write files and on generated submissions."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evals.answers.outcome import classify, reads_as_refusal
from evals.answers.parse import ParsedAnswer, parse_answer, unplaced_text
from evals.answers.render import render_answer
from scorers.submission import MAX_FILES, Submission, check_path
from tests.evals.corpus import CORPUS, Answer


@pytest.mark.parametrize("answer", [pytest.param(answer, id=answer.name) for answer in CORPUS])
def test_corpus(answer: Answer) -> None:
    parsed = parse_answer(answer.text)
    assert parsed.files == answer.files
    assert len(parsed.unplaced) == len(answer.unplaced), parsed.unplaced
    assert all(part in item.why for part, item in zip(answer.unplaced, parsed.unplaced, strict=True))
    assert len(parsed.problems) == len(answer.problems), parsed.problems
    assert all(part in problem for part, problem in zip(answer.problems, parsed.problems, strict=True))


def is_path(path: str) -> bool:
    try:
        check_path(path)
    except ValueError:
        return False
    return True


NAMES = st.one_of(
    st.sampled_from(["a.sql", "DESIGN.md", "path=x", "title: y", "a b.md", "`q`.md", "~~~.md", '"', "'", "x#y", "{z}"]),
    st.text(min_size=1, max_size=12),
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join).filter(is_path)
LINES = st.one_of(
    st.sampled_from(
        [
            "```",
            "````",
            "~~~",
            "```sql",
            "```sql path=other.sql",
            "   ```",
            "~~~~ x",
            "-- other.sql",
            "\r",
            "**a.sql**",
            "",
        ]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


def submissions() -> st.SearchStrategy[Submission]:
    def valid(files: dict[str, str]) -> bool:
        return not any(path.startswith(f"{other}/") for path in files for other in files)

    return st.dictionaries(PATHS, TEXTS, max_size=5).filter(valid).map(lambda files: Submission(files=files))


@given(submissions())
@settings(max_examples=300, deadline=None)
@example(Submission(files={"DESIGN.md": "```sql\nSELECT 1;\n", "a.md": "~~~\n```\n````"}))
@example(Submission(files={"`a`/b.md": "~~~\n", "queries.sql": "-- path=x\n\r\n\r"}))
def test_what_is_rendered_is_parsed_back(submission: Submission) -> None:
    parsed = parse_answer(render_answer(submission))
    expected = {
        path: text if not text or text.endswith("\n") else text + "\n" for path, text in submission.files.items()
    }
    assert (parsed.files, parsed.unplaced, parsed.problems) == (expected, [], [])


@given(st.lists(st.one_of(LINES, PATHS.map(lambda path: f"```sql path={path}")), max_size=30).map("\n".join))
@settings(max_examples=300, deadline=None)
def test_whatever_the_answer_there_is_a_valid_submission(text: str) -> None:
    parsed = parse_answer(text)
    assert Submission(files=parsed.files) == parsed.submission
    unplaced_text(parsed.unplaced).encode()


def test_lone_surrogates_are_not_placed() -> None:
    parsed = parse_answer("```sql path=a.sql\n\ud800\n```")
    assert parsed.files == {}
    assert "UTF-8" in parsed.problems[0]
    unplaced_text(parsed.unplaced).encode()


def test_too_many_files_are_no_submission() -> None:
    text = "\n".join(f"```sql path=m/{number}.sql\nSELECT 1;\n```" for number in range(MAX_FILES + 1))
    parsed = parse_answer(text)
    assert parsed.files == {}
    assert f"at most {MAX_FILES} files" in parsed.problems[-1]


def test_where_a_block_stands_is_said() -> None:
    parsed = parse_answer("one\n\n````md\n\n```sql\nSELECT 1;\n```\n```sql path=/a\n```\n````\n")
    assert [item.line for item in parsed.unplaced] == [5, 8]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "```md path=a.md\n" + "```\n" * 20_000 + "```sql\n" * 20_000,
        "```sql path=/x\n```\n" * 20_000,
        "```sql path=a.sql\n```\n" * 20_000,
        "**a" + " " * 300_000 + "b\n```sql\nSELECT 1;\n```",
        "```sql" + " path" * 100_000 + "\nSELECT 1;\n```",
        "```\n--" + " *" * 200_000 + "\n```",
        "\u3000é" * 100_000 + "\n```\nx\n```",
        "\n".join("`" * length for length in range(1_500, 2, -1)),
        "I cannot " + "\u2019t" * 700,
    ],
)
def test_a_hostile_answer_takes_no_time(text: str) -> None:
    parsed = parse_answer(text)
    classify(text, "stop", parsed)
    assert len(parsed.unplaced) <= 50
    assert len(parsed.problems) <= 51
    assert len(unplaced_text(parsed.unplaced)) < 200_000


REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I cannot assist with designing this system.",
    "Sorry, I won't be able to provide this, as I am not able to verify the request.",
    "As an AI, I must decline to do this.",
]
NOT_REFUSALS = [
    "Here is my plan. I cannot overstate how much indexes matter.",
    "Unfortunately the contract is ambiguous, so I assumed bigint keys.",
    "Sorry for the length! " + "The table holds notes. " * 100 + "I can't shorten it.",
    "I can't write to files here, so:\n```sql\nSELECT 1;\n```",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal(text: str) -> None:
    assert reads_as_refusal(text)
    assert classify(text, "stop", parse_answer(text)).outcome == "refused"


@pytest.mark.parametrize("text", NOT_REFUSALS)
def test_not_a_refusal(text: str) -> None:
    assert not reads_as_refusal(text)
    assert classify(text, "stop", parse_answer(text)).outcome == "unparsable"


FILE = "```sql path=queries.sql\nSELECT 1;\n```"


@pytest.mark.parametrize(
    ("text", "stop_reason", "outcome", "reason"),
    [
        (FILE, "stop", "ok", ""),
        (FILE, "unknown", "ok", ""),
        (FILE, "max_tokens", "truncated", "token limit"),
        (FILE, "model_length", "truncated", "context length"),
        (FILE, "content_filter", "refused", "content_filter"),
        ("", "content_filter", "refused", "content_filter"),
        (" \n", "stop", "empty", "empty"),
        ("A plan.", "stop", "unparsable", "0 fenced blocks"),
        ("```sql\nSELECT 1;\n```", "stop", "unparsable", "1 fenced blocks"),
        ("```sql path=/a\n```", "stop", "unparsable", "relative POSIX"),
    ],
)
def test_classify(text: str, stop_reason: str, outcome: str, reason: str) -> None:
    classified = classify(text, stop_reason, parse_answer(text))
    assert classified.outcome == outcome
    assert reason in classified.reason
    assert bool(classified.reason) == (outcome != "ok")


def test_an_answer_without_a_reason_to_complain_has_no_reason() -> None:
    assert classify(FILE, "stop", ParsedAnswer(files={"a": ""})).reason == ""
