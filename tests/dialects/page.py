"""The pages that list the dialects, made of their entries.

`docs/model-servers.md` is written by hand up to a mark; behind it stands the list of the pages.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.dialects.red import RED
from tests.support.model_server.dialects.catalogue import CATALOGUE, SECTIONS
from tests.support.model_server.dialects.dialect import Dialect, Fails, Right
from tests.support.model_server.request import ModelApi

PAGE = Path(__file__).parents[2] / "docs/model-servers.md"
FOLDER = PAGE.with_suffix("")
MARK = "<!-- Made of the entries by `python -m tests.dialects --page`. -->\n"
TITLES: dict[ModelApi, str] = {
    "chat_completions": "Chat Completions",
    "responses": "Responses",
}
_TRANSPORT = (
    "Frames",
    "HTTP statuses",
    "Statuses that pass",
    "Waits that are asked for",
    "No stream at all",
)
CHAPTERS: Mapping[ModelApi, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "chat_completions": {
        "chat-chunks": ("chunks", ("Servers as they are", "Counts of tokens", "Chunks")),
        "chat-ends": ("ends and errors", ("Ends", "Errors in the stream")),
        "chat-calls": (
            "tool calls",
            ("Shapes of tool calls", "Ids and names of tool calls", "Arguments and tools"),
        ),
        "chat-answers": (
            "thoughts, and whole answers",
            ("Thoughts, and other fields", "Answers that are not streamed"),
        ),
        "chat-http": ("HTTP", _TRANSPORT),
    },
    "responses": {
        "responses-fields": (
            "fields",
            (
                "Servers as they are",
                "Counts of tokens",
                "Fields that are missing",
                "Fields with other values",
            ),
        ),
        "responses-items": (
            "items and calls",
            ("Ids and events of items", "Items beside the answer", "Function calls"),
        ),
        "responses-ends": ("texts and ends", ("Texts", "Ends and errors")),
        "responses-events": (
            "events, and whole answers",
            ("Thoughts that are streamed", "Events", "Answers that are not streamed"),
        ),
        "responses-http": ("HTTP", _TRANSPORT),
    },
}
"""API -> file -> what it is about, and its sections. No page is longer than one can read."""
ISSUE = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)")


def pages() -> dict[Path, str]:
    """Every page as it has to be now."""
    made = {PAGE: _first(PAGE.read_text())}
    for api, chapters in CHAPTERS.items():
        assert set(SECTIONS[api]) == {title for _, of in chapters.values() for title in of}
        for file, (subject, titles) in chapters.items():
            made[FOLDER / f"{file}.md"] = "\n".join(_chapter(api, subject, titles)).rstrip() + "\n"
    return made


def write() -> None:
    """Bring the pages up to date."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)


def _first(page: str) -> str:
    """The page of all, with its list of chapters as they are now."""
    head, mark, _ = page.partition(MARK)
    assert mark, "the page has lost the mark behind which the chapters stand"
    return head + mark + "\n" + "\n".join(_list()) + "\n"


def _list() -> Iterator[str]:
    yield "## All dialects\n"
    yield "| dialects | of what |"
    yield "|---|---|"
    for api, chapters in CHAPTERS.items():
        for file, (subject, titles) in chapters.items():
            count = sum(len(SECTIONS[api][each]) for each in titles)
            link = f"[{TITLES[api]}: {subject}]({FOLDER.name}/{file}.md)"
            yield f"| {link}, {count} dialects | {'; '.join(titles)} |"
    whole = ", ".join(f"{len(CATALOGUE[api])} of {title}" for api, title in TITLES.items())
    yield f"\nAll of them: {whole}."


def _chapter(api: ModelApi, subject: str, titles: tuple[str, ...]) -> Iterator[str]:
    yield f"# {TITLES[api]}: {subject}\n"
    yield f"Dialects of [model servers](../{PAGE.name}), and what comes of them."
    yield f"\n{MARK}"
    for title in titles:
        yield f"## {TITLES[api]}: {title}\n"
        yield "| dialect | what the server does | where | what comes of it |"
        yield "|---|---|---|---|"
        for each in SECTIONS[api][title]:
            cells = (each.name, each.says, _source(each.source), _outcome(api, each))
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


def _source(source: str) -> str:
    issue = ISSUE.fullmatch(source)
    return f"[{issue[1]}#{issue[2]}]({source})" if issue else source


def _outcome(api: ModelApi, dialect: Dialect) -> str:
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
