"""The page around the chat, told to the model as data: never a part of its instructions.

A frontend sends what it likes as the `metadata` of a request, such as the page and the user's name.
All of it comes from the client, so it is escaped, cut to a length and put into a message of its own
that the instructions call information.
"""

import json
import re
from xml.sax.saxutils import unescape

from agents import TResponseInputItem
from turnstream.contracts.turns import Json
from turnstream_worker.api.markup import PAGE, as_json, tagged

from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.phrasing import listed
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

_ASKED = re.compile(
    r"\b(?:what|which) page am i on\b|我在(?:哪|什麼|什么)(?:一|個|个)?(?:頁|页)", re.IGNORECASE
)
_CONTENT = re.compile(rf"<{PAGE}>(.*)</{PAGE}>", re.DOTALL)


def _data(turn: Turn) -> list[TResponseInputItem]:
    metadata = turn.context.metadata
    if not metadata:
        return []
    return [{"type": "message", "role": "user", "content": tagged(PAGE, as_json(metadata))}]


def _guide_tells(request: Request) -> Plan | None:
    """The demo model reads back what the page said of itself."""
    if not _ASKED.search(request.said):
        return None
    _ = translator(language(request))
    page = _page(request.conversation.page)
    if not page:
        return Say(_("The page has told me nothing about itself."))
    facts = listed((f"{name}: {value}" for name, value in page.items()), _)
    return Say(_("The page tells me this: {listed}.").format(listed=facts[:400]))


def _page(note: str) -> Json:
    match = _CONTENT.search(note)
    try:
        page = json.loads(unescape(match[1])) if match else {}
    except ValueError:  # cut in the middle
        return {}
    return page if isinstance(page, dict) else {}


DEMONSTRATION = Demonstration(
    data=_data,
    rules=(_guide_tells,),
    instructions="When the user asks where they are or who they are, look into <PAGE> first.",
)
