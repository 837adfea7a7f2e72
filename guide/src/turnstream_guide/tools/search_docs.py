"""`search_docs`: what the project's own guides say, with sources that the answer can cite."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from turnstream.contracts.turns import Json
from turnstream_tools import ToolContext, tool

from turnstream_guide.docs_search import FoundSection, docs_index
from turnstream_guide.docs_search.excerpt import excerpt, opening
from turnstream_guide.docs_search.words import LONGEST_QUERY, reader_locale
from turnstream_guide.language.chinese import simplified
from turnstream_guide.language.phrasing import listed
from turnstream_guide.language.texts import translator

MOST_SECTIONS = 5
"""Sections for the model; most answers rest on one or two."""
EXCERPT = 1500
"""Characters of a section for the model: five of them are about 2,000 tokens."""
SUMMARY = 320
"""Characters of the best section that the demo model says."""

Query = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)
]


class SearchDocs(BaseModel):
    """What to look for."""

    query: Query = Field(
        description="What to look for, in the user's language. Words of the subject work best."
    )


@tool(
    name="search_docs",
    description=(
        "Search the guides of ChatKit on Turnstream (widgets, client tools, attachments, entities, "
        "authentication, production …). Call it before you answer any question about ChatKit or "
        "Turnstream. Write the `cite` mark of a source right after each sentence that rests on it."
    ),
    idempotent=True,
)
async def search_docs(call: ToolContext, args: SearchDocs) -> Json:
    """Find the sections that answer.

    Each has its file, its anchor and a mark, so that the answer can cite it.
    """
    locale = reader_locale(args.query, call.locale)
    _ = translator(locale)
    await call.progress(_("Searching the guides"), icon="search")
    found = await (await docs_index()).search(args.query, locale, MOST_SECTIONS)
    if not found:
        return {"sources": [], "summary": _("The guides say nothing about that.")}
    sources = [_source(each, args.query, locale) for each in found]
    return {"sources": sources, "summary": _summary(found, locale)}


def _source(found: FoundSection, query: str, locale: str) -> Json:
    section = found.section
    return {
        "id": f"{section.file}#{section.anchor}",
        "cite": _mark(found),
        "title": _in(locale, section.title),
        "path": [_in(locale, title) for title in section.path],
        "file": section.file,
        "anchor": section.anchor,
        "excerpt": excerpt(section.text, query, EXCERPT),
    }


def _summary(found: list[FoundSection], locale: str) -> str:
    """The best section in short, and where else to look."""
    _ = translator(locale)
    best, *others = found
    # Empty where a section is all code or tables; its title still leads there.
    says = opening(best.section.text, SUMMARY)
    summary = f"{_in(locale, f'**{best.section.title}** {says}'.rstrip())}{_mark(best)}"
    if others:
        also = listed((f"{_in(locale, each.section.title)}{_mark(each)}" for each in others[:2]), _)
        summary += "\n\n" + _("See also: {titles}.").format(titles=also)
    return summary


def _in(locale: str, text: str) -> str:
    """The text in simplified characters for readers of those. The guides have traditional ones."""
    return simplified(text) if locale == "zh-CN" else text


def _mark(found: FoundSection) -> str:
    return f"[§{found.number}]"
