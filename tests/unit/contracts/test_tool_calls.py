"""The command that asks for a tool call, as services of two versions send it to each other."""

from datetime import timedelta

import orjson
from pydantic_core import to_json
from turnstream.contracts.tools import CallTool


def test_its_timeout_keeps_the_name_that_it_has_on_the_wire() -> None:
    """A service of an earlier version knows no other."""
    command = CallTool(
        turn_id="turn_1",
        thread_id="thr_1",
        owner="ann",
        attempt=1,
        key="k",
        tool="get_weather",
        arguments="{}",
        reply_to="replies",
        timeout=timedelta(seconds=3),
    )
    for sent in (command.model_dump_json().encode(), to_json(command)):
        assert orjson.loads(sent)["patience"] == "PT3S"
        assert "timeout" not in orjson.loads(sent)
        assert CallTool.model_validate_json(sent) == command
