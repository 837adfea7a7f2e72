import pytest
from agents.strict_schema import ensure_strict_json_schema
from pydantic import BaseModel, Field
from turnstream_tools import Tool, ToolContext, tool
from turnstream_tools.catalogue import build_catalogue
from turnstream_tools.registry import Registry, load_tools
from turnstream_tools.strict_schema import NotStrict, strict_schema

from tests.unit.tools import odd_tools

TOOLS = load_tools("turnstream_guide.tools")


class Part(BaseModel):
    name: str


class Parts(BaseModel):
    title: str = Field(default="x", max_length=9)
    first: Part = Field(description="the first one")
    rest: list[Part] | None = None


def test_every_object_of_a_strict_schema_is_closed_and_complete() -> None:
    """What OpenAI's strict mode asks for, in nested models too."""
    schema = strict_schema(Parts)
    for node in (schema, schema["$defs"]["Part"]):
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    assert schema["properties"]["title"] == {"type": "string"}
    assert schema["properties"]["first"] == {"$ref": "#/$defs/Part"}


@pytest.mark.parametrize("each", TOOLS, ids=lambda each: each.name)
def test_the_sdk_has_nothing_to_add_to_our_schemas(each: Tool) -> None:
    """The SDK checks strict schemas by itself, and would change one that is not strict."""
    parameters = each.spec.parameters
    assert ensure_strict_json_schema(parameters) == parameters


def test_a_dict_of_anything_cannot_be_strict() -> None:
    """The author is told to declare the tool with strict=False."""

    class Free(BaseModel):
        values: dict[str, int]

    async def take(call: ToolContext, args: Free) -> None: ...

    take.__annotations__ = {"args": Free}
    with pytest.raises(NotStrict, match="values"):
        tool(name="take", description="")(take)
    declared = tool(name="take", description="", strict=False)(take)
    assert declared.spec.strict is False


async def takes_too_little(call: ToolContext) -> None: ...


async def takes_no_model(call: ToolContext, args: dict) -> None: ...  # type: ignore[type-arg]


def is_not_async(call: ToolContext, args: Part) -> None: ...


@pytest.mark.parametrize("function", [takes_too_little, takes_no_model, is_not_async])
def test_a_function_that_cannot_be_a_tool_is_refused_where_it_is_written(function: object) -> None:
    """The error comes at import, not at the first call."""
    with pytest.raises(TypeError):
        tool(name="x", description="")(function)  # type: ignore[arg-type]


def test_a_module_brings_all_its_tools_and_an_attribute_its_own() -> None:
    """What TOOLS may name."""
    module = odd_tools.__name__
    assert odd_tools.greet in load_tools(module)
    assert load_tools(f"{module}:greet, {module}:raises") == [odd_tools.greet, odd_tools.raises]
    assert load_tools("") == load_tools("none") == []


def test_a_place_without_tools_is_a_mistake() -> None:
    """A misspelt name ends the start with a line that says which."""
    with pytest.raises(ValueError, match="has no tool"):
        load_tools("turnstream.http.sse")
    with pytest.raises(ValueError, match="BUNDLED_TOOLS: no_such_shop"):
        load_tools("no_such_shop.tools", "BUNDLED_TOOLS")


def test_two_tools_of_one_name_are_a_mistake_but_one_tool_twice_is_not() -> None:
    """TOOLS may name a module and the package it is in."""
    assert len(list(Registry([*TOOLS, *TOOLS]))) == len(TOOLS)

    async def other(call: ToolContext, args: Part) -> None: ...

    other.__annotations__ = {"args": Part}
    with pytest.raises(ValueError, match="get_weather"):
        Registry([*TOOLS, tool(name="get_weather", description="")(other)])


def test_the_version_of_a_catalogue_names_its_tools_whatever_their_order() -> None:
    """Equal services publish equal catalogues."""
    version = build_catalogue(TOOLS).version
    assert build_catalogue(reversed(TOOLS)).version == version
    assert build_catalogue(TOOLS[1:]).version != version
