"""What the search of the site needs to find Chinese words: they are not written apart.

The search takes a text apart where its separator stands, and a question where words of its index
begin. With a mark between all Chinese characters, each of them is such a word.
"""

import json
import re
from pathlib import Path

INDEX = Path("search/search_index.json")
_BETWEEN = re.compile(r"(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])")
_MARK = "\u200b"
"""Nobody sees it, and the theme's separator for Chinese has it."""


def segment(site: Path) -> None:
    """Put the marks into the index of a site."""
    index = json.loads((site / INDEX).read_text())
    for section in index["docs"]:
        section["title"] = apart(section["title"])
        section["text"] = apart(section["text"])
    (site / INDEX).write_text(json.dumps(index, ensure_ascii=False))


def apart(text: str) -> str:
    """A text with a mark between Chinese characters."""
    return _BETWEEN.sub(_MARK, text)
