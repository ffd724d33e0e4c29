"""How texts and data get into the page without ever becoming markup or script."""

import base64
import hashlib
import json
import re
import unicodedata

from markupsafe import Markup

_JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that a reader cannot see, among them what turns the direction of writing."""


def visible(text: str) -> str:
    """Return `text` with control characters and direction marks as escapes; new lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def finalize(value: object) -> object:
    """What Jinja prints for an expression: strings made visible (and then escaped by autoescape)."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def breakable(text: str) -> Markup:
    """Return `text`, escaped, with places to break a line after dots, slashes, dashes and underscores."""
    parts = re.split(r"(?<=[./_-])(?=[^./_-])", visible(text))
    return Markup("<wbr>").join(parts)


def json_block(data: object) -> Markup:
    """Return `data` as JSON that may stand inside a script element of type application/json."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in _JSON_ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)


def content_security_policy(*, script: str, style: str, plotly: str = "") -> str:
    """Return the policy that permits exactly this inline script and style, Plotly's script if given, and nothing else."""
    scripts = [script, plotly] if plotly else [script]
    # Plotly adds an empty style element and fills it with rules, which is no markup.
    styles = [style, ""] if plotly else [style]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_source_hash, scripts))}",
            f"style-src {' '.join(map(_source_hash, styles))}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            # Browsers that know Trusted Types then refuse innerHTML and its like everywhere.
            "require-trusted-types-for 'script'",
            "trusted-types archeval-plotly" if plotly else "trusted-types 'none'",
        ]
    )


def _source_hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}"
