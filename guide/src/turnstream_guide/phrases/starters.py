"""What a visitor of the demo page can begin with: one sentence for each tool, in their language.

The page is built with `starters/<locale>.json`. The demo model knows English and Chinese, and of
every other language these sentences.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "starters"


@cache
def starters() -> Mapping[str, Mapping[str, str]]:
    """The sentences by locale and by the name of the tool that each calls."""
    files = sorted(_FOLDER.glob("*.json"))
    return {each.stem: json.loads(each.read_text(encoding="utf-8")) for each in files}


def in_english(said: str) -> str:
    """A starter in English, whichever language it is in; anything else as it is."""
    return _english().get(said.strip(), said)


@cache
def _english() -> Mapping[str, str]:
    foreign = {name: texts for name, texts in starters().items() if not name.startswith("zh")}
    return {
        sentence: starters()["en"][tool]
        for texts in foreign.values()
        for tool, sentence in texts.items()
    }
