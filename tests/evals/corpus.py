"""Answers in the many shapes in which models hand in files, and what is to be found in each."""

from dataclasses import dataclass, field

UP = "CREATE TABLE note (id bigint PRIMARY KEY);\n"
DOWN = "DROP TABLE note;\n"
QUERIES = "-- name: all_notes\nSELECT id FROM note;\n"


@dataclass(frozen=True)
class Answer:
    name: str
    text: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    unplaced: tuple[str, ...] = ()
    """A part of why, for each block without a place."""
    problems: tuple[str, ...] = ()
    """A part of each problem."""


UP_PATH = "migrations/0001_init.up.sql"
DOWN_PATH = "migrations/0001_init.down.sql"
UP_ONLY = {UP_PATH: UP}
BOTH = {UP_PATH: UP, DOWN_PATH: DOWN}

DESIGN_WITH_SQL = "# Design\n\nLike so:\n\n```sql\nSELECT 1;\n```\n\nThat is all.\n"
DESIGN_WITH_DRAWING = "# Design\n\n```\napp -> db\n```\n\nThat is all.\n"

CORPUS = [
    Answer(
        "as_asked",
        f"Here it is.\n\n```sql path={UP_PATH}\n{UP}```\n\n```sql path={DOWN_PATH}\n{DOWN}```\n\nDone.",
        BOTH,
    ),
    Answer("double_quotes", f'```sql path="{UP_PATH}"\n{UP}```', UP_ONLY),
    Answer("single_quotes", f"```sql path='{UP_PATH}'\n{UP}```", UP_ONLY),
    Answer("backticks_round_the_path", f"~~~sql path=`{UP_PATH}`\n{UP}~~~", UP_ONLY),
    Answer("file", f"```sql file={UP_PATH}\n{UP}```", UP_ONLY),
    Answer("filename_with_colon", f"```sql filename: {UP_PATH}\n{UP}```", UP_ONLY),
    Answer("title", f'```sql title="{UP_PATH}"\n{UP}```', UP_ONLY),
    Answer("name", f"```sql name={UP_PATH}\n{UP}```", UP_ONLY),
    Answer("attributes_in_braces", f'```{{.sql path="{UP_PATH}" .numberLines}}\n{UP}```', UP_ONLY),
    Answer("further_attributes", f"```sql path={UP_PATH} linenums=1\n{UP}```", UP_ONLY),
    Answer("language_and_colon", f"```sql:{UP_PATH}\n{UP}```", UP_ONLY),
    Answer("only_the_path", f"```{UP_PATH}\n{UP}```", UP_ONLY),
    Answer("language_then_path", f"```sql {UP_PATH}\n{UP}```", UP_ONLY),
    Answer("leading_dot", f"```sql path=./{UP_PATH}\n{UP}```", UP_ONLY),
    Answer("heading", f"### {UP_PATH}\n\n```sql\n{UP}```\n\n### {DOWN_PATH}\n\n```sql\n{DOWN}```", BOTH),
    Answer("heading_with_code", f"## `{UP_PATH}`\n```sql\n{UP}```", UP_ONLY),
    Answer(
        "bold",
        f"**{UP_PATH}**\n```sql\n{UP}```\n\n**`queries.sql`:**\n```sql\n{QUERIES}```",
        {UP_PATH: UP, "queries.sql": QUERIES},
    ),
    Answer("backticks_and_colon", f"`{UP_PATH}`:\n\n```sql\n{UP}```", UP_ONLY),
    Answer("file_label", f"File: {UP_PATH}\n```sql\n{UP}```", UP_ONLY),
    Answer("bold_file_label", f"**File: `{UP_PATH}`**\n```sql\n{UP}```", UP_ONLY),
    Answer(
        "numbered",
        f"1. `{UP_PATH}`:\n\n   ```sql\n   {UP}   ```\n\n2. `{DOWN_PATH}`:\n\n   ```sql\n   {DOWN}   ```",
        BOTH,
    ),
    Answer("numbered_heading", f"### 1. `{UP_PATH}`\n```sql\n{UP}```", UP_ONLY),
    Answer("heading_with_note", f"### `{UP_PATH}` (new)\n```sql\n{UP}```", UP_ONLY),
    Answer("heading_with_words", f"### Migration `{UP_PATH}`\n```sql\n{UP}```", UP_ONLY),
    Answer("sentence", f"First comes `{UP_PATH}`:\n\n```sql\n{UP}```", UP_ONLY),
    Answer("details", f"<details><summary><code>{UP_PATH}</code></summary>\n\n```sql\n{UP}```\n\n</details>", UP_ONLY),
    Answer("label_in_another_language", f"Файл: `{UP_PATH}`\n```sql\n{UP}```", UP_ONLY),
    Answer("sql_comment", f"```sql\n-- {UP_PATH}\n{UP}```", {UP_PATH: f"-- {UP_PATH}\n{UP}"}),
    Answer("sql_comment_with_label", f"```sql\n-- File: {UP_PATH}\n{UP}```", {UP_PATH: f"-- File: {UP_PATH}\n{UP}"}),
    Answer("block_comment", f"```sql\n/* {UP_PATH} */\n{UP}```", {UP_PATH: f"/* {UP_PATH} */\n{UP}"}),
    Answer("comment_that_sql_lacks", f"```sql\n# {UP_PATH}\n{UP}```\n```\n// {DOWN_PATH}\n{DOWN}```", BOTH),
    Answer(
        "html_comment",
        "```markdown\n<!-- DESIGN.md -->\nKeys are bigint.\n```",
        {"DESIGN.md": "<!-- DESIGN.md -->\nKeys are bigint.\n"},
    ),
    Answer("tildes", f"~~~sql path={UP_PATH}\n{UP}~~~", UP_ONLY),
    Answer("longer_fence", f"````markdown path=DESIGN.md\n{DESIGN_WITH_SQL}````", {"DESIGN.md": DESIGN_WITH_SQL}),
    Answer(
        "fences_of_the_same_length_inside",
        f"```markdown path=DESIGN.md\n{DESIGN_WITH_SQL}```\n\n```sql path={UP_PATH}\n{UP}```",
        {"DESIGN.md": DESIGN_WITH_SQL, UP_PATH: UP},
    ),
    Answer(
        "bare_fences_of_the_same_length_inside",
        f"```md path=DESIGN.md\n{DESIGN_WITH_DRAWING}```\n\n**{UP_PATH}**\n```\n{UP}```",
        {"DESIGN.md": DESIGN_WITH_DRAWING, UP_PATH: UP},
    ),
    Answer("whole_answer_in_a_fence", f"````markdown\n# Answer\n\n```sql path={UP_PATH}\n{UP}```\n````", UP_ONLY),
    Answer("whole_answer_in_a_fence_of_the_same_length", f"```markdown\n```sql path={UP_PATH}\n{UP}```\n```", UP_ONLY),
    Answer("crlf", f"```sql path={UP_PATH}\n{UP}```\n".replace("\n", "\r\n"), UP_ONLY),
    Answer(
        "unclosed_last_fence",
        f"```sql path={UP_PATH}\n{UP}```\n```sql path={DOWN_PATH}\nDROP TAB",
        {UP_PATH: UP, DOWN_PATH: "DROP TAB\n"},
        problems=("no closing fence",),
    ),
    Answer(
        "forgotten_fence",
        f"```sql path={UP_PATH}\n{UP}\n```sql path={DOWN_PATH}\n{DOWN}```",
        BOTH,
        problems=("no closing fence",),
    ),
    Answer(
        "twice",
        f"```sql path={UP_PATH}\nSELECT 1;\n```\nOn reflection:\n```sql path={UP_PATH}\n{UP}```",
        UP_ONLY,
        problems=("is there 2 times",),
    ),
    Answer(
        "twice_the_last_cut_off",
        f"```sql path={UP_PATH}\n{UP}```\nOn reflection:\n```sql path={UP_PATH}\nSELECT",
        UP_ONLY,
        problems=("is there 2 times",),
    ),
    Answer(
        "an_excerpt_does_not_replace_the_file",
        f"```sql path={UP_PATH}\n{UP}```\n\n- The key in `{UP_PATH}` is simple:\n\n```sql\nPRIMARY KEY\n```",
        UP_ONLY,
        problems=("is there 2 times",),
    ),
    Answer("no_path", f"The migration:\n\n```sql\n{UP}```", unplaced=("no path",)),
    Answer(
        "one_without_a_path_is_not_guessed",
        f"```sql path={UP_PATH}\n{UP}```\n\nAnd the way back:\n\n```sql\n{DOWN}```",
        UP_ONLY,
        unplaced=("no path",),
    ),
    Answer("diff_language", f"```diff path={UP_PATH}\n+{UP}```", unplaced=("a diff",)),
    Answer(
        "diff_content",
        f"```sql path={UP_PATH}\n--- a/{UP_PATH}\n+++ b/{UP_PATH}\n@@ -1 +1 @@\n-SELECT 1;\n+SELECT 2;\n```",
        unplaced=("a diff",),
    ),
    Answer(
        "absolute",
        f"```sql path=/etc/passwd\n{UP}```",
        unplaced=("cannot be",),
        problems=("not a relative POSIX path",),
    ),
    Answer("outside", f"```sql path=../up.sql\n{UP}```", unplaced=("cannot be",), problems=("'..' part",)),
    Answer(
        "windows_path", f"```sql path=migrations\\0001.up.sql\n{UP}```", unplaced=("cannot be",), problems=("POSIX",)
    ),
    Answer("nul", f"```sql path={UP_PATH}\n\x00\n```", unplaced=("cannot be",), problems=("NUL",)),
    Answer(
        "file_and_folder",
        f"```sql path=migrations\n{UP}```\n```sql path={UP_PATH}\n{UP}```",
        problems=("a file and a folder",),
    ),
    Answer(
        "shell_commands",
        f"```sql path={UP_PATH}\n{UP}```\n\nRun it:\n\n```bash\npsql -f x.sql\n```",
        UP_ONLY,
        ("no path",),
    ),
    Answer("product_name_is_no_path", "Node.js:\n\n```js\nconsole.log(1)\n```", unplaced=("no path",)),
    Answer("slash_between_words", "**up/down**\n\n```sql\nSELECT 1;\n```", unplaced=("no path",)),
    Answer("empty_file", "```sql path=queries.sql\n```", {"queries.sql": ""}),
    Answer("deep_list", f"- Files\n    - `{UP_PATH}`\n\n      ```sql\n      {UP}      ```", UP_ONLY),
    Answer("prose_only", "I would begin with a table of notes and an index on its author."),
    Answer("nothing", ""),
]
