"""What users of the guide can mention: the project's guides, and the facts about themselves."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from chatkit.store import NotFoundError
from chatkit.widgets import BasicRoot
from turnstream.contracts.entities import Entity
from turnstream.i18n import Translate
from turnstream_worker.api import Fact

from turnstream_guide.conversation.thread_items import Known
from turnstream_guide.docs_search.guides import Guide, paragraphs, prose
from turnstream_guide.language.chinese import simplified
from turnstream_guide.language.phrasing import running_text
from turnstream_guide.language.texts import translator

Facts = Callable[[], Awaitable[list[Fact]]]
"""The facts of the user on whose behalf code runs, without those they discarded."""


GUIDE, FACT = "guide:", "fact:"
LONGEST_TITLE = 80
"""Characters of a fact in a tag."""
LONGEST_TEXT = 400
"""Characters of a preview, which is read in seconds."""


@dataclass(frozen=True)
class _MentionableEntity:
    entity: Entity
    text: str


async def no_facts() -> list[Fact]:
    """The facts of a store that keeps none."""
    return []


class GuideEntities:
    """Finds the guides, and the facts of the current user. Facts of other users are not found."""

    def __init__(self, guides: Sequence[Guide] = (), facts: Facts = no_facts) -> None:
        self._guides = guides
        self._facts = facts

    async def search(self, query: str, locale: str) -> list[Entity]:
        """Entities that have every word of the query, guides first."""
        words = query.casefold().split()
        return [
            each.entity
            for each in (await self._all(locale)).values()
            if all(word in f"{each.entity.title} {each.entity.id}".casefold() for word in words)
        ]

    async def preview(self, entity_id: str, locale: str) -> BasicRoot:
        """A small widget for an id. Raises `NotFoundError`."""
        found = (await self._all(locale)).get(entity_id)
        if found is None:
            raise NotFoundError("There is no such entity.")
        children = [
            {"type": "Caption", "value": found.entity.group},
            {"type": "Title", "value": found.entity.title, "size": "sm"},
            {"type": "Text", "value": found.text},
        ]
        return BasicRoot.model_validate({"type": "Basic", "children": children})

    def known(self, locale: str) -> Known:
        """A function that looks up the tags of one conversation. It asks for the facts once."""
        everything: dict[str, _MentionableEntity] | None = None

        async def look_up(entity_id: str) -> dict[str, str] | None:
            nonlocal everything
            if not entity_id.startswith((GUIDE, FACT)):
                return None
            if everything is None:
                everything = await self._all(locale)
            found = everything.get(entity_id)
            return {**found.entity.data, "text": found.text} if found else {}

        return look_up

    async def _all(self, locale: str) -> dict[str, _MentionableEntity]:
        _ = translator(locale)
        languages = ("en", "zh-TW") if locale.startswith("zh") else ("en",)
        articles = [
            _article(guide, _, simplified if locale == "zh-CN" else str)
            for language in languages  # a translation replaces the original
            for guide in self._guides
            if guide.locale == language
        ]
        facts = [_noted(fact, _) for fact in await self._facts()]
        return {each.entity.id: each for each in (*articles, *facts)}


def _article(guide: Guide, _: Translate, written: Callable[[str], str]) -> _MentionableEntity:
    first = guide.sections[0]
    entity = Entity(
        id=f"{GUIDE}{guide.name}",
        title=written(guide.title),
        icon="document",
        group=_("Guides"),
        interactive=True,
        data={"kind": "guide", "file": first.file},
    )
    text = written(running_text(paragraphs(prose(first.text))))
    return _MentionableEntity(entity, _cut(text, LONGEST_TEXT))


def _noted(fact: Fact, _: Translate) -> _MentionableEntity:
    entity = Entity(
        id=f"{FACT}{fact.id}",
        title=_cut(fact.text, LONGEST_TITLE),
        icon="profile",
        group=_("About you"),
        interactive=True,
        data={"kind": "fact"},
    )
    return _MentionableEntity(entity, _cut(fact.text, LONGEST_TEXT))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
