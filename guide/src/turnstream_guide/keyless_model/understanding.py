"""What the demo model makes of a sentence in somebody's own words, by its meaning. Pure."""

import re
from dataclasses import replace

from turnstream.i18n import N_, Translate

from turnstream_guide.keyless_model.arguments import arguments_in, missing_in
from turnstream_guide.keyless_model.meaning import LONGEST, Match, certain, ranked
from turnstream_guide.keyless_model.plans import Call, Plan, Say, call, lacks
from turnstream_guide.keyless_model.request import Offer, Request
from turnstream_guide.keyless_model.small_talk import without_greeting
from turnstream_guide.language.phrasing import listed, quoted, running_text
from turnstream_guide.phrases.phrase import SAID

SUGGEST = "suggest_sentences"
"""The tool that shows sentences as buttons."""
SUGGESTED = 3
_FACT, _DOCS = "save_fact", "search_docs"
_HOW = re.compile(
    r"^\W*how (?:do|does|can|could|should|would|to|is|are)\b|怎[麼么樣样]|如何", re.IGNORECASE
)
"""How questions begin that the guides may answer."""

_STATEMENT = re.compile(
    r"(?:\b(?:well|so|by the way|btw|also|and|oh|actually|hi|hello)\b,? )*"
    r"(?P<fact>(?:i|we|my|our)(?:'m|'ve|'d| )[^?\n]{2,300}|mine [^?\n]{2,300}"
    r"|(?!(?:what|who|whose|where|which|how|when|why|is|are|this|that|these|it|here|there)\b)"
    r"[^?\n]{1,60} (?:is|are) my [^?\n]{2,60})",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:i(?:'d| would| really)? (?:like(?: to|d? you| an? | some )|love to|want|wanna|need"
    r"|wish|prefer to see"
    r"|expect|hope)|i(?:'m| am) (?:looking|trying|going to|interested|curious|wondering"
    r"|not sure|unsure|asking|lost"
    r"|bored|done|ready|sorry|afraid)|i (?:don'?t|do not|can'?t|cannot|can|could|should|must"
    r"|may|will|wonder|think"
    r"|guess|mean|see|ask|said|tried|got|did not|didn'?t|would|know)|may i|can i|we (?:should"
    r"|need|could|can|want)"
    r"|my (?:question|problem|issue|order|todo|to-do|list|package|parcel|invoice|account"
    r"|ticket|turn|trip|tasks?)"
    r"|i have (?:a |an |some |another )?(?:question|problem|issue|idea|request|doubt|complaint))\b",
    re.IGNORECASE,
)
_CHINESE_STATEMENT = re.compile(r"^(?P<fact>(?:我|我们|我們|本人)[^？?\n]{2,200}?)[。！!，,\s]*$")
_CHINESE_WISH = re.compile(
    r"我们?們?(?:也|就|很|真的)?(?:想|要|需要|希望|不懂|不明白|不知道|不會|不会|可以|能|該|该|應該|应该|看|有(?:個|个)?(?:問題|问题|疑問|疑问)"
    r"|的(?:訂單|订单|待辦|待办|清單|清单|包裹|發票|发票|帳戶|账户|問題|问题))|[嗎吗呢]$"
)


def told_fact(said: str) -> str | None:
    """What users tell of themselves in a sentence; None for a question or a wish."""
    text = said.strip()
    if "?" in text or "？" in text:
        return None
    chinese = _CHINESE_STATEMENT.search(text)
    if chinese:
        return None if _CHINESE_WISH.search(text) else chinese["fact"]
    plain = _STATEMENT.fullmatch(text.rstrip(" .!"))
    return plain["fact"] if plain and not _WISH.search(text) else None


def understood(request: Request, _: Translate) -> Plan | None:
    """A call of the tool that is meant, a question back, or the nearest tools to choose from."""
    said = without_greeting(request.said[:LONGEST])
    fact = told_fact(said) if _FACT in request.offers else None
    if fact is not None and request.offers[_FACT].phrases:
        return call(_FACT, request.offers[_FACT].schema, {"fact": fact}, said)
    matches = matching(request)
    if certain(matches):
        return _called(matches[0].tool, request.offers[matches[0].tool], said, _)
    if _DOCS in request.offers and request.offers[_DOCS].phrases and _HOW.search(said):
        return call(_DOCS, request.offers[_DOCS].schema, {"query": said}, said)
    return _suggested(request, matches, _) if matches else None


def rephrased(request: Request) -> str | None:
    """The hint of a tool that only rules can call, when it is meant: rules know that sentence."""
    matches = matching(request)
    if not certain(matches):
        return None
    offer = request.offers[matches[0].tool]
    return offer.hint if offer.hint and not offer.phrases else None


def matching(request: Request) -> list[Match]:
    """The tools that a sentence may mean, the likeliest first."""
    offers = {name: offer for name, offer in request.offers.items() if name != SUGGEST}
    return ranked(without_greeting(request.said[:LONGEST]), offers)


def _called(name: str, offer: Offer, said: str, _: Translate) -> Plan:
    defaults = {name: said if value == SAID else value for name, value in offer.defaults.items()}
    wanted = {**defaults, **arguments_in(said, f"{name} {offer.about}", offer.schema)}
    missing = missing_in(wanted, offer.schema)
    if not (lacks(offer.schema, wanted) if offer.hint else missing):
        return call(name, offer.schema, wanted, said)
    if offer.hint:
        return Say(_('Tell me a little more. Say for example "{hint}".').format(hint=_(offer.hint)))
    asked = _("I can call `{tool}` for that. Tell me also: {missing}.")
    return Say(asked.format(tool=name, missing=listed((_described(offer, m) for m in missing), _)))


def _described(offer: Offer, name: str) -> str:
    described = offer.schema.get("properties", {}).get(name, {}).get("description")
    return f"{name} ({described})" if described else name


def _suggested(request: Request, matches: list[Match], _: Translate) -> Plan:
    """The nearest sentences: as buttons where there are some, else in the answer."""
    nearest = matches[:SUGGESTED]
    sentences = [sentence_for(each.tool, request.offers[each.tool], _) for each in nearest]
    if SUGGEST in request.offers:
        return Call(SUGGEST, {"sentences": sentences})
    unsure = _("I am not sure what you mean. Did you mean {sentences}?")
    answer = unsure.format(sentences=listed((quoted(each, _) for each in sentences), _))
    return Say(running_text([_(DEMO_MODEL), answer]))


def sentence_for(name: str, offer: Offer, _: Translate) -> str:
    """A sentence that asks for a tool: its hint, or its name in words."""
    return _(offer.hint) if offer.hint else name.replace("_", " ")


def as_said(request: Request, said: str) -> Request:
    """The same request, had the user said this."""
    return replace(request, conversation=replace(request.conversation, said=said))


DEMO_MODEL = N_("I am the demo model: I need no API key and I understand a few plain sentences.")
