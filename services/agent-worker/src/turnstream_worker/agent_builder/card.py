"""The card that asks a person for approval, before and after the decision."""

import json
from typing import Any

from chatkit.types import WidgetItem
from chatkit.widgets import DynamicWidgetRoot
from turnstream.contracts.approvals import Verdict, WaitingCall
from turnstream.i18n import N_, Translate

DECIDE = "approval.decide"
"""The type of the action that the buttons send."""
ASKED = "approval_request"
"""The tool of a call that stands for a question of the workflow itself."""

_BADGES = {
    Verdict.APPROVED: (N_("Approved"), "success"),
    Verdict.REJECTED: (N_("Rejected"), "danger"),
    Verdict.IGNORED: (N_("Not decided"), "secondary"),
}


def open_card(call: WaitingCall, _: Translate) -> tuple[DynamicWidgetRoot, str]:
    """The card with its two buttons; and its text."""
    buttons = {
        "confirm": _button(call, _("Approve"), Verdict.APPROVED),
        "cancel": _button(call, _("Reject"), Verdict.REJECTED),
    }
    return _card(call, _, **buttons), _title(call, _)


def closed_card(card: WidgetItem, call: WaitingCall, verdict: Verdict, _: Translate) -> WidgetItem:
    """The card with the decision in place of its buttons."""
    label, color = _BADGES[verdict]
    widget = _card(call, _, {"type": "Badge", "label": _(label), "color": color})
    text = f"{_title(call, _)} {_(label)}"
    return card.model_copy(update={"widget": widget, "copy_text": text})


def _card(call: WaitingCall, _: Translate, *below: Any, **more: object) -> DynamicWidgetRoot:
    rows = [] if call.tool == ASKED else [_text(each) for each in _argument_lines(call)]
    title = {"type": "Title", "value": _title(call, _), "size": "sm"}
    return DynamicWidgetRoot.model_validate(
        {"type": "Card", "key": "approval", "children": [title, *rows, *below], **more}
    )


def _title(call: WaitingCall, _: Translate) -> str:
    if call.tool != ASKED:
        return _("May {tool} be called?").format(tool=call.tool)
    return str(_arguments(call).get("message") or _("May the assistant go on?"))


def _argument_lines(call: WaitingCall) -> list[str]:
    """Every argument in full, so that users see all that they agree to."""
    return [
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in _arguments(call).items()
    ]


def _arguments(call: WaitingCall) -> dict[str, object]:
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        arguments = call.arguments
    return arguments if isinstance(arguments, dict) else {"arguments": arguments}


def _text(value: str) -> dict[str, object]:
    return {"type": "Text", "value": value, "size": "sm"}


def _button(call: WaitingCall, label: str, verdict: Verdict) -> dict[str, object]:
    payload = {"call_id": call.call_id, "verdict": verdict}
    return {"label": label, "action": {"type": DECIDE, "payload": payload}}
