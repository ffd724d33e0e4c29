import base64
import hashlib
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from reports.html.embed import breakable, content_security_policy, finalize, json_block, visible

JSON: st.SearchStrategy[Any] = st.recursive(
    st.text() | st.integers(-1000, 1000) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(JSON)
def test_json_comes_back_and_holds_nothing_that_ends_a_script(value: Any) -> None:
    block = str(json_block(value))
    assert json.loads(block) == value
    assert not re.search("[<>&\u2028\u2029]", block)


def test_the_known_ways_out_of_a_script_element_are_closed() -> None:
    block = str(json_block({"</script>": ["<!--", "<script>", "]]>", "\u2028", "&lt;"]}))
    assert block == (
        '{"\\u003c/script\\u003e":["\\u003c!--","\\u003cscript\\u003e","]]\\u003e","\\u2028","\\u0026lt;"]}'
    )


@given(st.text())
def test_visible_text_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert all(character.isprintable() or character in "\n\t" or character.isspace() for character in shown) or any(
        not character.isprintable() for character in text
    )
    assert not re.search("[\x00-\x08\x0b-\x1f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", shown)


def test_what_turns_the_direction_of_writing_is_spelled_out() -> None:
    assert visible("a\u202eb\u2066c\x1b[0m\U000e0041") == "a\\u202eb\\u2066c\\x1b[0m\\u{e0041}"
    assert visible("plain, größer 🙂\n\tx") == "plain, größer 🙂\n\tx"


def test_finalize_leaves_markup_of_our_own_alone() -> None:
    assert finalize(Markup("<b>\u202e</b>")) == Markup("<b>\u202e</b>")
    assert finalize("\u202e") == "\\u202e"
    assert finalize(3) == 3


def test_the_policy_permits_the_two_inline_blocks_and_nothing_else() -> None:
    policy = content_security_policy(script="let a", style="b {}")
    digest = base64.b64encode(hashlib.sha256(b"let a").digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {"img-src data:", "base-uri 'none'", "form-action 'none'"} <= set(policy.split("; "))


def test_places_to_break_a_line_are_the_only_markup() -> None:
    assert breakable("a.b/<i>_c\u202e") == Markup("a.<wbr>b/<wbr>&lt;i&gt;_<wbr>c\\u202e")
    assert breakable("plain") == "plain"


def test_the_policy_lets_plotly_in_only_where_it_is_used() -> None:
    without = content_security_policy(script="let a", style="b {}")
    assert "trusted-types 'none'" in without
    policy = content_security_policy(script="let a", style="b {}", plotly="let p")
    digest = base64.b64encode(hashlib.sha256(b"let p").digest()).decode()
    assert f" 'sha256-{digest}';" in policy
    assert digest not in without
    assert policy.endswith("; trusted-types archeval-plotly")
    assert "unsafe" not in policy
