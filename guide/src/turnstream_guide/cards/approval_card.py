"""The card that asks a person about a tool call, before and after the decision."""

from collections.abc import Iterator

import orjson
from chatkit.widgets import DynamicWidgetRoot, WidgetRoot
from turnstream.contracts.approvals import Decision, Verdict, WaitingCall
from turnstream.i18n import N_, Translate

from turnstream_guide.cards.cards import Node, card
from turnstream_guide.language.phrasing import listed

DECIDE = "approval.decide"
"""The type of the action that the buttons send."""

_BADGES = {
    Verdict.APPROVED: (N_("Approved"), "success"),
    Verdict.REJECTED: (N_("Rejected"), "danger"),
    Verdict.IGNORED: (N_("Not decided"), "secondary"),
}


def open_card(call: WaitingCall, _: Translate) -> tuple[DynamicWidgetRoot, str]:
    """The card with both buttons and a field for a reason; and its text."""
    reason = {
        "type": "Input",
        "name": "reason",
        "placeholder": _("Reason, if you reject"),
    }
    buttons = {
        "confirm": _button(call, _("Approve"), Verdict.APPROVED),
        "cancel": _button(call, _("Reject"), Verdict.REJECTED),
    }
    copy_text = _text(call, _("Waiting for a decision"), _)
    return _card(call, _, [reason], asForm=True, **buttons), copy_text


def closed_card(
    call: WaitingCall, decision: Decision, _: Translate
) -> tuple[DynamicWidgetRoot, str]:
    """The card without buttons, with the decision and its reason; and its text."""
    label, color = _BADGES[decision.verdict]
    badge = {"type": "Badge", "label": _(label), "color": color}
    why = [{"type": "Text", "value": decision.reason, "size": "sm"}] if decision.reason else []
    outcome = _named(_(label), decision.reason, _) if decision.reason else _(label)
    return _card(call, _, [badge, *why]), _text(call, outcome, _)


def shown_verdict(card: WidgetRoot) -> Verdict | None:
    """The verdict that a card shows; None while it asks."""
    nodes = card.model_dump().get("children") or ()
    colors = {node.get("color") for node in nodes if isinstance(node, dict)}
    return next((each for each, (_, color) in _BADGES.items() if color in colors), None)


def _card(call: WaitingCall, _: Translate, below: list[Node], **more: object) -> DynamicWidgetRoot:
    title = _("May {tool} be called?").format(tool=call.tool)
    rows = [_row(_(name), value) for name, value in _arguments(call)]
    return card("approval", {"type": "Title", "value": title, "size": "sm"}, *rows, *below, **more)


def _row(name: str, value: str) -> Node:
    return {
        "type": "Col",
        "gap": 0,
        "children": [
            {"type": "Caption", "value": name},
            {"type": "Text", "value": value, "size": "sm"},
        ],
    }


def _button(call: WaitingCall, label: str, verdict: Verdict) -> Node:
    payload = {"call_id": call.call_id, "verdict": verdict}
    return {"label": label, "action": {"type": DECIDE, "payload": payload}}


def _text(call: WaitingCall, outcome: str, _: Translate) -> str:
    arguments = listed((_named(_(name), value, _) for name, value in _arguments(call)), _)
    text = _("{tool} ({arguments}). {outcome}")
    return text.format(tool=call.tool, arguments=arguments, outcome=outcome)


def _named(name: str, value: str, _: Translate) -> str:
    return _("{name}: {value}").format(name=name, value=value)


def _arguments(call: WaitingCall) -> Iterator[tuple[str, str]]:
    """Every argument in full, so that users see all that they agree to."""
    try:
        arguments = orjson.loads(call.arguments or "{}")
    except orjson.JSONDecodeError:
        arguments = call.arguments
    if not isinstance(arguments, dict):
        arguments = {"arguments": arguments}
    for name, value in arguments.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        yield name.replace("_", " "), text
