"""The chat element is laid out along the line of writing: its styles name no left and no right."""

import re
from pathlib import Path

WEB = Path(__file__).parents[3] / "web"

_STYLE = re.compile(r"\bcss`([^`]*)`")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DECLARATION = re.compile(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])")
_SIDE = re.compile(r"(?<![\w-])(left|right)(?![\w-])")
_SIDED_NAME = re.compile(r"(^|-)(left|right)(-|$)")
_FOUR_SIDED = re.compile(r"^((scroll-)?(margin|padding)|inset)$")


def _styles() -> dict[str, str]:
    """The style sheets of the element and its pages: in templates of scripts, and in files."""
    found = {}
    for folder in ("src", "demo"):
        for path in sorted((WEB / folder).rglob("*.js")):
            found[str(path.relative_to(WEB))] = "\n".join(_STYLE.findall(path.read_text("utf-8")))
        for path in sorted((WEB / folder).rglob("*.css")):
            found[str(path.relative_to(WEB))] = path.read_text("utf-8")
    return {name: _COMMENT.sub("", text) for name, text in found.items() if text}


def _sides(text: str) -> list[str]:
    """Declarations that mean the left or the right of the screen, whatever the language."""
    return [
        f"{name}: {value.strip()}"
        for name, value in _DECLARATION.findall(text)
        if not name.startswith("--")
        and (_SIDED_NAME.search(name) or _SIDE.search(value) or _uneven(name, value))
    ]


def _uneven(name: str, value: str) -> bool:
    """Whether a shorthand of four sides has another right than left."""
    sides = re.findall(r"(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+", value)
    return bool(_FOUR_SIDED.match(name)) and len(sides) == 4 and sides[1] != sides[3]


def test_no_style_names_left_or_right() -> None:
    styles = _styles()
    assert len(styles) > 10
    assert {name: sides for name, text in styles.items() if (sides := _sides(text))} == {}


def test_a_side_is_found_in_each_of_its_forms() -> None:
    sided = ["margin-left: 1px", "text-align: right", "padding: 0 1px 0 calc(2px * (1 + 1))"]
    assert _sides(f"a {{ {'; '.join(sided)}; }}") == sided


def test_what_has_no_side_is_not_found() -> None:
    assert not _sides("a { margin-inline-start: 1px; padding: 0 1px 2px 1px } a:hover { top: 0 }")
