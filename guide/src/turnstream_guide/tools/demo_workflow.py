"""`demo_workflow`: a workflow with a search, a look into files and a computation."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from turnstream.contracts.turns import Json
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.phrasing import quoted
from turnstream_guide.language.texts import translator

Topic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]

DEFAULT_TOPIC = "widget"
MOST_SOURCES = 5
A_LOOK = timedelta(milliseconds=700)
"""How long each task is shown as running. The real work takes less."""

PAGES = {
    "https://developers.openai.com/api/docs/guides/chatkit": "ChatKit: widget, tool, thread",
    "https://openai.github.io/chatkit-python/": "ChatKit for Python: server, store, widget, action",
    "https://openai.github.io/chatkit-js/": "ChatKit.js: theme, client tool, widget, entity",
    "https://openai.github.io/openai-agents-python/": "Agents SDK: agent, tool, handoff, workflow",
    "https://redis.io/docs/latest/develop/data-types/streams/": "Redis Streams: event, log, group",
    "https://html.spec.whatwg.org/multipage/server-sent-events.html": "Server-sent events: stream",
}
"""The whole web of this demonstration, by address: nothing is fetched."""


@dataclass(frozen=True)
class File:
    """A file of the catalogue that mentions the topic."""

    name: str
    title: str
    mentions: int


class DemoWorkflow(BaseModel):
    """What to look for."""

    topic: Topic | None = Field(
        default=None, description=f"A word to look for. Null means {DEFAULT_TOPIC}."
    )


@tool(
    name="demo_workflow",
    description=(
        "Show a demonstration workflow with a search task, a file task and a computation. It "
        "searches a short built-in list of pages and the files of the tool catalogue, not the web."
    ),
    idempotent=True,
)
async def demo_workflow(call: ToolContext, args: DemoWorkflow) -> Json:
    """Look for the topic in pages and files, and count what was found."""
    _ = translator(call.locale)
    topic = args.topic or DEFAULT_TOPIC
    async with call.workflow() as step:
        await step(_("Searching the list of pages"), type="web_search", queries=[topic])
        await asyncio.sleep(A_LOOK.total_seconds())
        pages = pages_about(topic)
        await step.add(sources=[_page(url) for url in pages])

        await step(_("Reading the files of the tool catalogue"), type="file")
        await asyncio.sleep(A_LOOK.total_seconds())
        files = files_about(topic)
        await step.add(sources=[_file(file) for file in files])

        await step(_("Counting where it is mentioned"), icon="analytics")
        await asyncio.sleep(A_LOOK.total_seconds())
        counted = "\n".join(f"- `{file.name}`: {file.mentions}" for file in files)
        await step.add(content=counted or _("Nothing to count."))

        found = _("{topic}: {pages} pages and {files} files").format(
            topic=topic, pages=len(pages), files=len(files)
        )
        step.conclude(found, icon="check-circle")
    return {
        "topic": topic,
        "pages": pages,
        "files": {file.name: file.mentions for file in files},
        "summary": _("I looked for {topic} and found {pages} pages and {files} files.").format(
            topic=quoted(topic, _), pages=len(pages), files=len(files)
        ),
    }


def pages_about(topic: str) -> list[str]:
    """The addresses of the built-in list whose title has the topic in it."""
    found = [url for url, title in PAGES.items() if topic.lower() in title.lower()]
    return found[:MOST_SOURCES]


def files_about(topic: str) -> list[File]:
    """The files of this catalogue that mention the topic, those that do most first."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        mentions = source.lower().count(topic.lower())
        if mentions:
            title = source.partition("\n")[0].strip('"').replace("`", "")
            found.append(File(path.name, title, mentions))
    return sorted(found, key=lambda file: -file.mentions)[:MOST_SOURCES]


def _page(url: str) -> Json:
    return {"type": "url", "url": url, "title": PAGES[url], "attribution": url.split("/")[2]}


def _file(file: File) -> Json:
    return {"type": "file", "filename": file.name, "title": file.title}
