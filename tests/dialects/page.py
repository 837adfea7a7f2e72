"""The part of `docs/model-servers.md` that lists the dialects, made of their entries."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.dialects.red import RED
from tests.support.model_server.dialects.catalogue import CATALOGUE, SECTIONS
from tests.support.model_server.dialects.dialect import Dialect, Fails, Right
from tests.support.model_server.request import WireFormat

PAGE = Path(__file__).parents[2] / "docs/model-servers.md"
MARK = "<!-- Made of the entries by `python -m tests.dialects --page`. -->\n"
TITLES: dict[WireFormat, str] = {
    "chat_completions": "Chat Completions",
    "responses": "Responses",
}
ISSUE = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)")


def written(page: str) -> str:
    """The page with its list of dialects as they are now."""
    head, mark, _ = page.partition(MARK)
    assert mark, "the page has lost the mark behind which the dialects stand"
    return head + mark + "\n".join(_lines()) + "\n"


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(written(PAGE.read_text()))


def _lines() -> Iterator[str]:
    for api, sections in SECTIONS.items():
        yield f"\n## {TITLES[api]}: {len(CATALOGUE[api])} dialects"
        for title, dialects in sections.items():
            yield f"\n### {TITLES[api]}: {title}\n"
            yield "| dialect | what the server does | where | what comes of it |"
            yield "|---|---|---|---|"
            for each in dialects:
                cells = (each.name, each.says, _source(each.source), _outcome(api, each))
                yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _source(source: str) -> str:
    issue = ISSUE.fullmatch(source)
    return f"[{issue[1]}#{issue[2]}]({source})" if issue else source


def _outcome(api: WireFormat, dialect: Dialect) -> str:
    if reason := RED[api].get(dialect.name):
        return f"**does not hold yet**: {reason}"
    outcome = dialect.outcome
    again = f" after {outcome.tries} tries" if outcome.tries > 1 else ""
    if isinstance(outcome, Fails):
        return f"error `{outcome.code}`{again}"
    return _answer(outcome) + again


def _answer(outcome: Right) -> str:
    if outcome.texts != Right().texts:
        return "the text as it came"
    if not outcome.cities:
        return "the model is told, and answers"
    return "the answer" if len(outcome.cities) == 1 else "both calls are made, and the answer"
