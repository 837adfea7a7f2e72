"""The events of a Responses stream, as OpenAI would send them.

Every item begins and ends under one id. The closing response holds all that was shown. Unknown
kinds of items are left out. Plain text takes a fast path.
"""

from collections.abc import Callable, Generator, Iterator

from turnstream.contracts.turns import Json

from turnstream_worker.dialects.errors import ContentRefused, CutByLength, UpstreamFault
from turnstream_worker.dialects.faults import fault_in, fault_of
from turnstream_worker.dialects.finish_reasons import FinishReason, ending
from turnstream_worker.dialects.response_items import (
    is_annotation,
    item_type,
    normalized_item,
    normalized_part,
)
from turnstream_worker.dialects.response_outline import Item, Outline
from turnstream_worker.dialects.texts import text_of
from turnstream_worker.dialects.usage import whole_counts

_TEXT = "response.output_text.delta"
_ADDED, _DONE = "response.output_item.added", "response.output_item.done"
_COMPLETED = "response.completed"
_ENDS = frozenset({_COMPLETED, "response.done", "response.incomplete", "response.failed"})
_FAILED = frozenset({"failed", "cancelled", "canceled"})
_EventsAndItem = Generator[Json, None, Item]
_UNFILLED: dict[str, Json] = {"message": {"content": []}, "reasoning": {"summary": []}}
_NO_DELTA = frozenset({"response.output_text.done", "response.refusal.done"})


class ResponseEvents:
    """Mends the events of one response."""

    def __init__(self) -> None:
        self.ended = False
        """True once the response was completed."""
        self._outline = Outline()
        self._response: Json = {}
        self._number = 0
        self._text: Item | None = None
        self._part: list[str] = []
        self._left_out: list[object] = []
        self._handlers: dict[str, Callable[[Json], Iterator[Json]]] = {
            "response.created": self._opening,
            "response.in_progress": self._opening,
            "response.queued": self._opening,
            _ADDED: self._item_added,
            _DONE: self._item_done,
            "response.content_part.added": self._part_added,
            "response.content_part.done": self._part_done,
            _TEXT: self._piece,
            "response.refusal.delta": self._piece,
            "response.output_text.done": self._piece,
            "response.refusal.done": self._piece,
            "response.output_text.annotation.added": self._annotation,
            "response.function_call_arguments.delta": self._arguments,
            "response.function_call_arguments.done": self._arguments,
            **dict.fromkeys(_ENDS, self._end),
        }

    def normalized(self, event: object, name: str = "") -> Iterator[Json]:
        """The events that stand for this one. Raises the classes of `errors`.

        The type of an event may stand in `event:` alone. A document without any type is the whole
        response, of a server that does not stream; or a ping.
        """
        if not isinstance(event, dict) or self.ended:
            return
        if self._goes_on(event):
            yield event
            return
        if fault := fault_in(event, name):
            raise fault
        kind = str(event.get("type") or name)
        if not kind and event.get("object") == "response":
            kind, event = "response.done", {"response": event}
        if not kind.startswith("response."):
            return  # a ping, under whatever name
        for each in self._handlers.get(kind, self._other)({**event, "type": kind}):
            yield self._numbered(each)

    def closing(self) -> Iterator[Json]:
        """The end of a response that the server did not send, though it ended in good order."""
        items = self._outline.in_order()
        if not self.ended and items and all(item.final is not None for item in items):
            yield from self._complete({"status": "completed"})

    def _goes_on(self, event: Json) -> bool:
        """True for the next piece of the same text, in OpenAI's own form: most of a stream."""
        item = self._text
        if (
            item is None
            or event.get("type") != _TEXT
            or event.get("item_id") != item.id
            or event.get("output_index") != item.index
            or event.get("content_index") != 0
            or type(event.get("delta")) is not str
        ):
            return False
        self._part.append(event["delta"])
        self._numbered(event)
        return True

    def _numbered(self, event: Json) -> Json:
        """The event with what every event has."""
        number = event.get("sequence_number")
        if not isinstance(number, int):
            number = event["sequence_number"] = self._number
        self._number = number + 1
        if event["type"] in (_TEXT, "response.output_text.done") and not event.get("logprobs"):
            event["logprobs"] = []
        return event

    def _opening(self, event: Json) -> Iterator[Json]:
        response = event.get("response")
        if isinstance(response, dict):
            self._response = response
            output = response.get("output")
            yield {**event, "response": {**response, "output": output or []}}

    def _item_added(self, event: Json) -> Iterator[Json]:
        given: Json = event.get("item") or {}
        kind = item_type(given)
        if kind is None:
            self._leave_out(event)
            return
        index, item_id = event.get("output_index"), given.get("id")
        known = self._outline.items.get(index) if isinstance(index, int) else None
        is_open = known is not None and known.kind == kind and known.final is None
        if known is not None and is_open and (item_id == known.id or not known.texts):
            return  # the same item once more
        item = normalized_item(given, kind)
        begun = self._outline.begin(kind, {**item, "id": item_id}, index)
        yield {**event, "item": begun.begun, "output_index": begun.index}

    def _item_done(self, event: Json) -> Iterator[Json]:
        given: Json = event.get("item") or {}
        kind = item_type(given)
        if kind is None:
            self._leave_out(event)
            return
        index = event.get("output_index")
        item = self._outline.find(kind, index, given.get("id"))
        if item is not None and item.final is not None:
            if index in (item.index, None) and given.get("id") in (item.id, None, ""):
                return  # the same end once more
            item = None
        if item is None:
            item = yield from self._begin(kind, given, index)
        yield self._close(item, given)

    def _close(self, item: Item, given: Json) -> Json:
        """The event that ends an item. What its end leaves out is as it came before."""
        item.final = _over(item.so_far(), given, item)
        if self._text is item:
            self._text = None
        return {"type": _DONE, "item": item.final, "output_index": item.index}

    def _begin(self, kind: str, given: Json, index: object) -> _EventsAndItem:
        """Begin an item whose beginning the server did not send. Returns the item."""
        unfilled = {**normalized_item(given, kind), **_UNFILLED.get(kind, {})}
        begun = self._outline.begin(kind, unfilled, index)
        yield {"type": _ADDED, "item": begun.begun, "output_index": begun.index}
        return begun

    def _message(self, event: Json) -> _EventsAndItem:
        """The message that an event is of, begun if it must be. Returns the item."""
        item = self._outline.find("message", event.get("output_index"), event.get("item_id"))
        if item is None or item.final is not None:
            given = {"type": "message", "id": event.get("item_id"), "status": "in_progress"}
            item = yield from self._begin("message", given, event.get("output_index"))
        return item

    def _part_added(self, event: Json) -> Iterator[Json]:
        part = normalized_part(event.get("part") or "")
        if part is None or self._is_left_out(event):
            return
        item = yield from self._message(event)
        index = event.get("content_index")
        if not isinstance(index, int):
            index = len(item.texts)
        if index not in item.texts:
            yield self._open_part(item, index, part)

    def _open_part(self, item: Item, index: int, part: Json) -> Json:
        item.texts[index] = [part["text"]] if part.get("text") else []
        if part["type"] == "refusal":
            item.refusals.add(index)
        if index == 0 and part["type"] == "output_text":
            self._text, self._part = item, item.texts[0]
        kind = "response.content_part.added"
        return {"type": kind, **item.path(), "content_index": index, "part": part}

    def _piece(self, event: Json) -> Iterator[Json]:
        """A piece of text or of a refusal, or all of it at its end."""
        if self._is_left_out(event):
            return
        item = yield from self._message(event)
        index = event.get("content_index")
        if not isinstance(index, int):
            index = max(item.texts, default=0)
        refused = "refusal" in event["type"]
        if index not in item.texts:
            name = "refusal" if refused else "text"
            part = normalized_part({"type": "refusal" if refused else "output_text", name: ""})
            if part is not None:
                yield self._open_part(item, index, part)
        if event["type"] in _NO_DELTA:
            name = "refusal" if refused else "text"
            whole = text_of(event.get(name)) or "".join(item.texts[index])
            item.texts[index] = [whole]
            yield {**event, **item.path(), "content_index": index, name: whole}
        elif piece := text_of(event.get("delta")):
            item.texts[index].append(piece)
            yield {**event, **item.path(), "content_index": index, "delta": piece}

    def _part_done(self, event: Json) -> Iterator[Json]:
        part = normalized_part(event.get("part") or "")
        item = self._outline.find("message", event.get("output_index"), event.get("item_id"))
        if part is None or item is None or self._is_left_out(event):
            return
        index = event.get("content_index")
        if not isinstance(index, int):
            index = max(item.texts, default=0)
        yield {**event, **item.path(), "content_index": index, "part": part}

    def _annotation(self, event: Json) -> Iterator[Json]:
        item = self._outline.find("message", event.get("output_index"), event.get("item_id"))
        if item is not None and is_annotation(event.get("annotation")):
            index = event.get("content_index")
            index = index if isinstance(index, int) else max(item.texts, default=0)
            number = event.get("annotation_index", 0)
            yield {**event, **item.path(), "content_index": index, "annotation_index": number}

    def _arguments(self, event: Json) -> Iterator[Json]:
        if self._is_left_out(event):
            return
        index, item_id = event.get("output_index"), event.get("item_id")
        item = self._outline.find("function_call", index, item_id)
        if item is None:
            return  # without a beginning it has no name; its end brings all of it
        if event["type"].endswith(".done"):
            whole = text_of(event.get("arguments")) or "".join(item.arguments)
            item.arguments = [whole]
            yield {"name": item.begun.get("name", ""), **event, **item.path(), "arguments": whole}
        elif piece := text_of(event.get("delta")):
            item.arguments.append(piece)
            yield {**event, **item.path(), "delta": piece}

    def _other(self, event: Json) -> Iterator[Json]:
        """An event of another kind, of the item that its index or its id names."""
        if self._is_left_out(event):
            return
        if "item_id" not in event and "output_index" not in event:
            yield event
            return
        index, item_id = event.get("output_index"), event.get("item_id")
        kind = "reasoning" if event["type"].startswith("response.reasoning") else None
        if kind is not None:
            item = self._outline.find(kind, index, item_id)
            if item is None:
                item = yield from self._begin(kind, {"type": kind, "id": item_id}, index)
            event.setdefault("summary_index" if "summary" in event["type"] else "content_index", 0)
        else:
            item = self._outline.items.get(index) if isinstance(index, int) else None
        yield event if item is None else {**event, **item.path()}

    def _end(self, event: Json) -> Iterator[Json]:
        """One of the events that end a response."""
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        status = str(response.get("status") or "")
        if event["type"] == "response.failed" or status in _FAILED:
            raise _failure(response, status)
        if event["type"] == "response.incomplete":
            status = "incomplete"
        yield from self._complete({**response, "status": status or "completed"})

    def _complete(self, response: Json) -> Iterator[Json]:
        """The end of what is open, and the whole response."""
        yield from self._reconciled(response.get("output"))
        output = [item.final or item.begun for item in self._outline.in_order()]
        cut = _cut_by(response)
        if cut is FinishReason.FILTER:
            raise ContentRefused("The server's content filter stopped the answer.")
        if cut is FinishReason.LENGTH and not any(_calls(item) for item in output):
            raise CutByLength("The answer reached the model's length limit.")
        whole = {**self._response, **response, "output": output}
        if "usage" in whole:
            usage = whole["usage"]
            whole["usage"] = whole_counts(usage) if isinstance(usage, dict) else None
        self.ended = True
        yield {"type": _COMPLETED, "response": whole}

    def _reconciled(self, output: object) -> Iterator[Json]:
        """The items of the final response, and those that came before it, as one list.

        The ChatGPT backend sends an empty `output` at the end (BerriAI/litellm#26075), others leave
        `output_item.done` out, or send nothing before the end.
        """
        left = self._outline.in_order()
        for given in output if isinstance(output, list) else []:
            kind = item_type(given)
            if kind is None:
                continue
            same = [item for item in left if item.kind == kind]
            item = next((each for each in same if each.id == given.get("id")), None)
            item = item or (same[0] if same else None)
            if item is None:
                item = yield from self._begin(kind, given, None)
            else:
                left.remove(item)
            if item.final is None:
                yield self._close(item, given)
            else:
                item.final = _over(item.final, given, item)
        for item in left:
            if item.final is None:
                yield self._close(item, {})

    def _leave_out(self, event: Json) -> None:
        item = event.get("item")
        self._left_out.append(item.get("id") if isinstance(item, dict) else None)

    def _is_left_out(self, event: Json) -> bool:
        item_id = event.get("item_id")
        return bool(item_id) and item_id in self._left_out


def _over(before: Json, given: Json, item: Item) -> Json:
    """The item as given now: empty fields keep earlier values, and ids stay as they began."""
    missing = {name: value for name, value in before.items() if given.get(name) in (None, "", [])}
    final = normalized_item({**given, **missing}, item.kind)
    final.update({name: item.begun[name] for name in ("id", "call_id") if name in item.begun})
    return {**final, "type": item.kind}


def _failure(response: Json, status: str) -> UpstreamFault:
    if error := response.get("error"):
        return fault_of(error)
    word = status or "failed"
    return UpstreamFault(f"The response ended as {word}.", code=word, retryable=True)


def _calls(item: Json) -> bool:
    """True for a call. One that was cut goes on: the model is told what is wrong with it."""
    return str(item.get("type")).endswith("_call")


def _cut_by(response: Json) -> FinishReason | None:
    """What cut a response short: its length or a filter; None for a whole one."""
    if response.get("status") != "incomplete":
        return None
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    return FinishReason.FILTER if ending(reason) is FinishReason.FILTER else FinishReason.LENGTH
