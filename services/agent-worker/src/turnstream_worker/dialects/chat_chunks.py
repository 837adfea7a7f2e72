"""The chunks of a Chat Completions stream, as OpenAI would send them.

Each fix states its cause beside it. Plain text, nearly all of a stream, takes a fast path.
"""

from turnstream.contracts.turns import Json

from turnstream_worker.dialects.chat_calls import Calls
from turnstream_worker.dialects.errors import (
    ContentRefused,
    CutByLength,
    UnreadableAnswer,
    UpstreamFault,
)
from turnstream_worker.dialects.faults import fault_in, fault_of
from turnstream_worker.dialects.finish_reasons import FinishReason, ending
from turnstream_worker.dialects.texts import text_of, thoughts_in
from turnstream_worker.dialects.usage import whole_counts

_ROLES = (None, "assistant")
_TEXT_ONLY = frozenset({"role", "content"})
_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
_REQUIRED: Json = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": ""}


class ChatChunks:
    """Mends the chunks of one answer, and knows how the answer ended."""

    def __init__(self) -> None:
        self.ending: FinishReason | None = None
        """Why the model stopped; None until it said so."""
        self.spoke = False
        """True once the answer has text, a refusal or a call."""
        self._calls = Calls()
        self._index: object = None
        self._odd: Json = {}
        self._counted = False

    def normalized(self, chunk: object, event: str = "") -> Json | None:
        """The chunk as OpenAI would send it; None for one that says nothing, such as a ping.

        Raises `UpstreamFault` where the chunk reports a failure.
        """
        if not isinstance(chunk, dict):
            return None
        choice = _only_choice(chunk)
        if choice is not None and _is_plain_text(choice):
            if not self.spoke:
                self.spoke = bool(choice["delta"]["content"].strip())
            self._counted = False
            return chunk if chunk.keys() >= _REQUIRED.keys() else {**_REQUIRED, **chunk}
        if fault := fault_in(chunk, event):
            raise fault
        return self._chunk(chunk)

    def closing(self, *, done: bool) -> Json | None:
        """A chunk that ends the answer where the server named no reason; None without need.

        `done` says that the stream ended with `[DONE]`. vLLM ends some answers of Mistral's models
        so (eclipse-theia/theia#16055). Raises `CutByLength` or `ContentRefused` for an answer that
        was ended before its end. A call that was cut goes on: the model is told what is wrong.
        """
        if self.ending is FinishReason.FILTER:
            raise ContentRefused("The server's content filter stopped the answer.")
        if self.ending is FinishReason.LENGTH and not self._calls:
            raise CutByLength("The answer reached the model's length limit.")
        if self.ending is None and not self.spoke and self._odd:
            raise UnreadableAnswer(f"The model's stream held no answer: {self._odd}"[:500])
        if self.ending is not None or not (done or self._counted) or not self.spoke:
            return None
        self.ending = FinishReason.CALLS if self._calls else FinishReason.STOP
        last = {"index": 0, "delta": {}, "finish_reason": self.ending.value}
        return {**_REQUIRED, "choices": [last]}

    def _chunk(self, chunk: Json) -> Json | None:
        given = chunk.get("choices")
        several = given if isinstance(given, list) else [given]
        choices = [each for each in several if isinstance(each, dict)]
        usage = chunk.get("usage")
        counts = whole_counts(usage) if isinstance(usage, dict) else None
        if not choices:
            self._counted |= counts is not None
            if "detail" in chunk or "message" in chunk:  # of FastAPI, and of small gateways
                self._odd = chunk
            return {**_REQUIRED, **chunk, "choices": [], "usage": counts} if counts else None
        self._counted = False
        normalized = {**_REQUIRED, **chunk, "choices": self._choices(choices), "usage": counts}
        return {
            name: value for name, value in normalized.items() if value is not None or name in chunk
        }

    def _choices(self, choices: list[Json]) -> list[Json]:
        """The one choice that was asked for. Its index is missing or 1 at some servers."""
        indexes = [choice.get("index") for choice in choices]
        if self._index is None:
            self._index = next((index for index in indexes if _is_zero(index)), indexes[0])
        wanted = [each for each in choices if _is_index(each.get("index"), self._index)]
        return [self._choice(choice) for choice in wanted[:1]]

    def _choice(self, choice: Json) -> Json:
        """The choice as OpenAI would send it.

        A whole `message` instead of a `delta` comes from servers that do not stream; a `text` from
        the older completions API; a failure as a reason from the servers in `finish_reasons`.
        """
        if error := choice.get("error"):
            raise fault_of(error)
        delta = choice.get("delta")
        if not delta and not self.spoke and isinstance(choice.get("message"), dict):
            delta = choice["message"]
        delta = delta or {}
        if not isinstance(delta, dict) or (not delta and "text" in choice):
            delta = {"content": delta or choice.get("text")}
        reason = ending(choice.get("finish_reason"))
        if reason is FinishReason.FAULT:
            word = str(choice["finish_reason"]).lower()
            raise UpstreamFault(f"The model stopped: {word}.", code=word, retryable=True)
        self.ending = reason or self.ending
        logprobs = choice.get("logprobs")
        return {
            **{name: value for name, value in choice.items() if name != "message"},
            "index": 0,
            "delta": self._delta(delta),
            "finish_reason": reason.value if reason else None,
            "logprobs": logprobs if isinstance(logprobs, dict) else None,
        }

    def _delta(self, given: Json) -> Json:
        if error := given.get("error"):
            raise fault_of(error)
        delta = dict(given)
        if delta.get("role") not in _ROLES:
            del delta["role"]
        if thoughts := thoughts_in(delta.get("content")):
            delta.setdefault("reasoning_content", thoughts)
        for name in _TEXTS:
            if delta.get(name) is not None:
                delta[name] = text_of(delta[name])
        calls = delta.get("tool_calls") or []
        if legacy := delta.pop("function_call", None):
            calls = calls or [{"function": legacy}]
        if calls:
            delta["tool_calls"] = self._calls.normalized(calls)
        elif "tool_calls" in delta:
            delta["tool_calls"] = None
        text = (delta.get("content") or "") + (delta.get("refusal") or "")
        self.spoke = self.spoke or bool(text.strip()) or bool(self._calls)
        return delta


def whole_answer(completion: Json) -> tuple[Json, ChatChunks]:
    """A completion that was not streamed, as OpenAI would send it, and how it ended."""
    chunks = ChatChunks()
    if fault := fault_in(completion):
        raise fault
    normalized = chunks.normalized(completion) or {**completion, "choices": []}
    return {**normalized, "choices": [_whole(choice) for choice in normalized["choices"]]}, chunks


def _whole(choice: Json) -> Json:
    """A choice with a message for its delta. The given one may be the server's own document, with
    which the caller compares, and stays as it is.
    """
    message = choice["delta"]
    for call in message.get("tool_calls") or ():
        call["function"]["arguments"] = call["function"]["arguments"] or ""
    return {
        **{name: value for name, value in choice.items() if name != "delta"},
        "message": {"role": "assistant", "content": None, **message},
        "finish_reason": choice.get("finish_reason") or FinishReason.STOP.value,
    }


def _only_choice(chunk: Json) -> Json | None:
    choices = chunk.get("choices")
    if type(choices) is not list or len(choices) != 1 or chunk.get("usage") or "error" in chunk:
        return None
    choice = choices[0]
    return choice if type(choice) is dict else None


def _is_plain_text(choice: Json) -> bool:
    """True for a piece of text in OpenAI's own form, which needs no change."""
    delta = choice.get("delta")
    return (
        type(delta) is dict
        and choice.get("index") == 0
        and choice.get("finish_reason") is None
        and choice.get("logprobs") is None
        and "error" not in choice
        and delta.keys() <= _TEXT_ONLY
        and type(delta.get("content")) is str
        and delta.get("role") in _ROLES
    )


def _is_zero(index: object) -> bool:
    return index in (0, "0", None)


def _is_index(index: object, wanted: object) -> bool:
    return index == wanted or (_is_zero(index) and _is_zero(wanted))
