"""The plain sentences that the demo model understands. Every function here is pure."""

import json
import re
from collections.abc import Callable, Sequence
from xml.sax.saxutils import unescape

from turnstream.i18n import N_, Translate, negotiate

from turnstream_guide.keyless_model.arguments import arguments_in, missing_in
from turnstream_guide.keyless_model.meaning import certain
from turnstream_guide.keyless_model.outcomes import tell
from turnstream_guide.keyless_model.plans import Call, Plan, Rule, Say, call, lacks
from turnstream_guide.keyless_model.request import Json, Request
from turnstream_guide.keyless_model.small_talk import SmallTalk, small_talk
from turnstream_guide.keyless_model.understanding import (
    DEMO_MODEL,
    as_said,
    matching,
    rephrased,
    understood,
)
from turnstream_guide.language.chinese import script
from turnstream_guide.language.phrasing import listed, quoted, running_text
from turnstream_guide.language.texts import translator
from turnstream_guide.phrases.starters import in_english

THOUGHT = N_(
    "The question asks for reasons. I am the demo model, so I cannot know; "
    "I can show how a thought streams before its answer."
)
LONGEST_COUNT = 1000
"""A bound on `count to N`: long enough for any trial of Stop, reload or a crash."""
LONGEST_SENTENCE = 500
"""Characters in which a phrase is searched: a pattern may take cubic time."""
HINTS = 8
"""Sentences that an introduction suggests; the guided tour has all of them."""
TITLE, CHINESE_TITLE = 48, 24
"""Characters that fit on a line of the history list; those of Chinese are twice as wide."""

_COUNT = re.compile(r"\bcount to (\d{1,6})\b|數到\s*(\d{1,6})|数到\s*(\d{1,6})", re.IGNORECASE)
_REASON = re.compile(r"\b(?:why|think about)\b|為什麼|为什么", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(\w+)=("[^"]*"|'[^']*')""")
_VERBS = frozenset({"get", "show", "run", "make", "do", "find", "look", "up", "fetch", "the"})
_WORD = re.compile(r"\w")
_SENTENCE_END = re.compile(r"[。？！\n]|[.?!](?=\s|$)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_NEITHER = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
"""Letters of Japanese and Korean, which write Chinese characters beside them."""
_LOCALE = re.compile(r"\blocale: ([\w-]+)", re.IGNORECASE)


def decide(request: Request, rules: Sequence[Rule] = ()) -> Plan:
    """The next step: what a rule says, a report on tool outputs, a tool call, or an answer.

    Only offered tools are called.
    """
    request = as_said(request, in_english(request.said))
    _ = translator(language(request))
    plan = _ruled(request, rules)
    if plan is not None:
        return plan
    if request.conversation.outcomes:
        return Say(running_text(tell(outcome, _) for outcome in request.conversation.outcomes))
    if request.conversation.acted:
        return Say(_("That worked. What would you like to see next?"))
    plan = next(plan for planner in _PLANNERS if (plan := planner(request, _)))
    forced = request.forced
    if forced and forced in request.offers and not (isinstance(plan, Call) and plan.tool == forced):
        return call(forced, request.offers[forced].schema, {}, request.said)
    return plan


def _ruled(request: Request, rules: Sequence[Rule]) -> Plan | None:
    """The plan of the first rule that fits the sentence, else its rephrased form."""
    for rule in rules:
        plan = rule(request)
        if plan is not None:
            return plan
    meant = _meant(request) if rules else None
    if meant is None:
        return None
    return next((plan for rule in rules if (plan := rule(meant)) is not None), None)


def _meant(request: Request) -> Request | None:
    """The request in words that a rule knows, when it means a tool that only rules can call."""
    conversation, said = request.conversation, request.said
    known = conversation.acted or _COUNT.search(said) or _REASON.search(said) or small_talk(said)
    hint = None if known or _phrased(request) else rephrased(request)
    called = {outcome.tool for outcome in conversation.outcomes}
    if hint is None or (called and not called & {matching(request)[0].tool}):
        return None
    return as_said(request, translator(language(request))(hint))


def _talked(request: Request, _: Translate) -> Plan | None:
    """An answer to a greeting, to thanks, or to the question what there is to see."""
    match small_talk(request.said):
        case SmallTalk.GREETING:
            return Say(running_text([_("Hello!"), introduction(request, _)]))
        case SmallTalk.THANKS:
            return Say(running_text([_("You are welcome!"), introduction(request, _)]))
        case SmallTalk.ABILITIES:
            return Say(introduction(request, _))
        case None:
            return None


def introduction(request: Request, _: Translate) -> str:
    """Says that this is the demo model, and which sentences it understands."""
    hints = [offer.hint for offer in request.offers.values() if offer.hint][:HINTS]
    sentences = listed((quoted(_(hint), _) for hint in [*hints, N_("count to 40")]), _)
    return running_text(
        [
            _(DEMO_MODEL),
            _('Try {sentences} or "why is the sky blue?".').format(sentences=sentences),
            _("Set OPENAI_API_KEY or OPENAI_BASE_URL to talk to a real model instead."),
        ]
    )


def title(said: str) -> str:
    """A short title made from what the user said."""
    first = _SENTENCE_END.split(said.strip(), maxsplit=1)[0]
    longest = CHINESE_TITLE if _CHINESE.search(first) else TITLE
    if len(first) > longest:
        first = first[:longest].rsplit(" ", 1)[0].rstrip(",;，、；") + "…"
    return first[:1].upper() + first[1:] if _WORD.search(first) else "New conversation"


def language(request: Request) -> str:
    """The language of the answer: what the user writes, else what the instructions name."""
    named = _LOCALE.search(request.instructions)
    locale = negotiate(named[1] if named else None)
    if not _CHINESE.search(request.said) or _NEITHER.search(request.said):
        return locale
    written = script(request.said[:LONGEST_SENTENCE])
    return written or (locale if locale.startswith("zh") else "zh-TW")


def _called(request: Request, _: Translate) -> Plan | None:
    """A call of the tool whose phrase the sentence has, or a question for what the call lacks."""
    phrased = _phrased(request)
    if phrased is None:
        return None
    name, wanted = phrased
    offer = request.offers[name]
    if lacks(offer.schema, wanted):
        asked = _('Tell me a little more. Say for example "{hint}".')
        return Say(asked.format(hint=_(offer.hint or name)))
    return call(name, offer.schema, wanted, request.said)


def _phrased(request: Request) -> tuple[str, Json] | None:
    """The tool one of whose phrases fits best, with the arguments that the phrase gives.

    The longest match is the best, the first declared of equals.
    """
    said, best, length = request.said[:LONGEST_SENTENCE], None, 0
    for name, offer in request.offers.items():
        for phrase in offer.phrases:
            match = re.search(phrase.pattern, said, re.IGNORECASE)
            if match and len(match[0].strip()) > length:
                groups = {key: text.strip() for key, text in match.groupdict().items() if text}
                best, length = (name, phrase.arguments | groups), len(match[0].strip())
    return best


def _guessed(request: Request, _: Translate) -> Plan | None:
    """A tool without phrases, such as one of a user's app, if the sentence has its name.

    Its arguments are taken from the sentence: `weather in Oslo` calls `get_weather` with `Oslo`.
    """
    words = set(re.findall(r"\w+", request.said[:LONGEST_SENTENCE].lower()))
    for name, offer in request.offers.items():
        named = set(name.lower().split("_")) - _VERBS
        if offer.phrases or not named or not named <= words:
            continue
        matches = matching(request)
        if certain(matches) and matches[0].tool != name:
            continue
        wanted = arguments_in(request.said[:LONGEST_SENTENCE], name, offer.schema)
        return None if missing_in(wanted, offer.schema) else call(name, offer.schema, wanted, "")
    return None


def _counted(request: Request, _: Translate) -> Plan | None:
    match = _COUNT.search(request.said)
    if not match:
        return None
    last = int(next(number for number in match.groups() if number))
    return Say(" ".join(str(n) for n in range(1, min(last, LONGEST_COUNT) + 1)))


def _received(request: Request, _: Translate) -> Plan | None:
    files = [_file(note) for note in request.conversation.attached]
    if not files:
        return None
    answer = _("I received {files}. As the demo model I can say what a file is, not what it shows.")
    return Say(answer.format(files=_("; ").join(files)))


def _mentioned(request: Request, _: Translate) -> Plan | None:
    """What is known of what was mentioned, where something is."""
    known = [mention for note in request.conversation.mentioned if (mention := _mention(note, _))]
    return Say("\n\n".join(known)) if known else None


def _mention(note: str, _: Translate) -> str:
    content = note.partition(">")[2].removesuffix("</TAG>")
    try:
        text = json.loads(unescape(content)).get("text")
    except (ValueError, AttributeError):  # not ours, or cut off
        return ""
    if not isinstance(text, str) or not text:
        return ""
    return _("{name}: {value}").format(name=f"**{_attributes(note).get('name')}**", value=text)


def _attributes(note: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(note.partition(">")[0])
    return {name: unescape(quoted[1:-1], {"&quot;": '"'}) for name, quoted in found}


def _file(note: str) -> str:
    known = _attributes(note)
    pixels = f"{known['width']} × {known['height']}, " if "width" in known else ""
    return f"{known.get('name')} ({known.get('type')}, {pixels}{known.get('bytes')} B)"


def _reasoned(request: Request, _: Translate) -> Plan | None:
    if not _REASON.search(request.said):
        return None
    answer = _("That takes a real model to answer.")
    return Say(running_text([answer, introduction(request, _)]), thought=_(THOUGHT))


def _introduced(request: Request, _: Translate) -> Plan:
    return Say(introduction(request, _))


_PLANNERS: tuple[Callable[[Request, Translate], Plan | None], ...] = (
    _called,
    _guessed,
    _counted,
    _reasoned,
    _received,
    _mentioned,
    _talked,
    understood,
    _introduced,
)
"""The first that has a plan decides. The last one has a plan for every sentence."""
