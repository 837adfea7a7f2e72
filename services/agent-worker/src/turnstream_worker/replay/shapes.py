"""Who asks a model: tells two agents of one name apart that ask with the same input.

Instructions often hold something that changes: a date, a count, the state of an app. So shapes are
compared in two ways: for being the same, and for being alike.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from agents import AgentOutputSchemaBase, FunctionTool, Handoff, ModelSettings, Tool
from turnstream.contracts.ids import digest

from turnstream_worker.replay import plain_json

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_SKETCH = 32
"""Words that a sketch keeps: enough to tell texts that share most from those that share half."""


@dataclass(frozen=True)
class Shape:
    """The shape of a model call: all that is asked beside its input."""

    exact: str
    """Names instructions, tools, output type, settings and model, to the letter."""

    kind: str
    """Names the output type and the model. An answer of another kind is never used."""

    sketch: tuple[int, ...]
    """MinHash sketch of the words of the instructions, without numbers, and of the tool names: the
    smallest checksums. The overlap of two sketches estimates that of the words."""

    def resembles(self, other: "Shape") -> bool:
        """True for the same kind and more than two thirds of the words."""
        mine, others = set(self.sketch), set(other.sketch)
        sample = sorted(mine | others)[:_SKETCH]
        both = sum(word in mine and word in others for word in sample)
        return self.kind == other.kind and (mine == others or 3 * both > 2 * len(sample))


def shape_of(
    model: str,
    instructions: str | None,
    settings: ModelSettings,
    offered: Iterable[Tool | Handoff],
    output: AgentOutputSchemaBase | None,
) -> Shape:
    """The shape of a call. `model` names the model, and the hosted prompt if there is one."""
    result = "" if output is None or output.is_plain_text() else output.name()
    kind = digest(model, result)
    tools = [_name_and_text(each) for each in offered]
    chosen = (settings.temperature, settings.top_p, settings.tool_choice, settings.max_tokens)
    return Shape(
        exact=digest(kind, instructions, chosen, tools),
        kind=kind,
        sketch=_sketch(instructions or "", tuple(name for name, _ in tools)),
    )


def _name_and_text(each: Tool | Handoff) -> tuple[str, str]:
    """The name of a tool, and what a model is told of it beside that."""
    if isinstance(each, Handoff):
        return each.tool_name, each.tool_description
    if isinstance(each, FunctionTool):
        return each.name, f"{each.description} {plain_json.canonical(each.params_json_schema)}"
    return each.name, ""


@lru_cache(maxsize=64)
def _sketch(instructions: str, tools: tuple[str, ...]) -> tuple[int, ...]:
    """Kept for the next call: most agents ask with the same instructions all the time."""
    words = {_NUMBER.sub("", word).lower() for word in _WORD.findall(instructions)}
    features = {*words, *(f"tool {name}" for name in tools)} - {""}
    checksums = {crc32(each.encode("utf-8", "surrogatepass")) for each in features}
    return tuple(sorted(checksums)[:_SKETCH])
