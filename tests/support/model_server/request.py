"""One view of a model request, whichever model API it came by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

ModelApi = Literal["responses", "chat_completions"]


@dataclass(frozen=True)
class ModelRequest:
    """What the model was asked.

    `repeat` counts the earlier requests that asked exactly the same, so that a script can fail
    first and answer later and still be a pure function. `number` counts all requests, from 1.
    """

    api: ModelApi
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    number: int = 1
    repeat: int = 0

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def stream(self) -> bool:
        return bool(self.body.get("stream"))

    @cached_property
    def instructions(self) -> str:
        """The system prompt: `instructions`, or the text of the system and developer messages."""
        if self.api == "responses":
            return str(self.body.get("instructions") or "")
        return "\n".join(_text(m.get("content")) for m in self._messages if _is_system(m))

    @cached_property
    def input(self) -> list[dict[str, Any]]:
        """The conversation as it was sent, without the system prompt."""
        return [item for item in self._messages if not _is_system(item)]

    @cached_property
    def last_user_text(self) -> str:
        return next((_text(i.get("content")) for i in reversed(self.input) if _is_user(i)), "")

    @cached_property
    def tool_outputs(self) -> list[str]:
        """The results of the tools called since the last user message, in order."""
        outputs: list[str] = []
        for item in self.input:
            if _is_user(item):
                outputs = []
            elif item.get("type") == "function_call_output":
                outputs.append(_text(item.get("output")))
            elif item.get("role") == "tool":
                outputs.append(_text(item.get("content")))
        return outputs

    @cached_property
    def tools(self) -> list[str]:
        """The names of the tools on offer; a hosted tool goes by its type."""
        return [_tool_name(tool) for tool in self.body.get("tools") or []]

    @cached_property
    def digest(self) -> str:
        """Equal for requests that ask the same of the same model, instructions included."""
        asked = [self.api, self.model, self.instructions, self.input]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def _messages(self) -> list[dict[str, Any]]:
        sent = self.body.get("input" if self.api == "responses" else "messages") or []
        return [{"role": "user", "content": sent}] if isinstance(sent, str) else list(sent)


def _is_user(item: Mapping[str, Any]) -> bool:
    return item.get("role") == "user"


def _is_system(item: Mapping[str, Any]) -> bool:
    return item.get("role") in ("system", "developer")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return "" if content is None else json.dumps(content)


def _tool_name(tool: Mapping[str, Any]) -> str:
    function = tool.get("function") or {}
    return str(tool.get("name") or function.get("name") or tool.get("type", ""))
