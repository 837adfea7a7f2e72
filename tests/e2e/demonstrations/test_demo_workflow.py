"""`demo_workflow`: tasks of three kinds, ticked off one by one."""

from typing import Any

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches


@pytest.mark.parametrize(
    "sentence", ["Show the demo workflow", "顯示示範工作流程", "显示演示工作流"]
)
async def test_each_task_loads_is_filled_and_completes(client: ChatClient, sentence: str) -> None:
    """A search with pages, a file task with files and a custom task with text, then a summary."""
    await client.send_message(sentence)

    assert client.ended == "completed"
    (workflow,) = (item["workflow"] for item in client.items_of_type("workflow"))
    search, files, counted = workflow["tasks"]
    assert [task["type"] for task in workflow["tasks"]] == ["web_search", "file", "custom"]
    assert all(source["url"].startswith("https://") for source in search["sources"])
    assert "sample_widget.py" in [source["filename"] for source in files["sources"]]
    assert "sample_widget.py" in counted["content"]
    assert "widget" in workflow["summary"]["title"]
    assert _indicators(client) == [
        {0: "loading"},
        {0: "complete", 1: "loading"},
        {0: "complete", 1: "complete", 2: "loading"},
    ]
    assert {task["status_indicator"] for task in workflow["tasks"]} == {"complete"}
    kinds = [event.event["type"] for event in client.events if _is_of(event.event, "workflow")]
    assert kinds == ["thread.item.added", "thread.item.done"]
    await assert_transcript_matches(client)


async def test_a_topic_nobody_mentions_is_found_nowhere(client: ChatClient) -> None:
    """An honest search may find nothing; the workflow is shown all the same."""
    await client.send_message("show the demo workflow about crocodiles")

    (workflow,) = (item["workflow"] for item in client.items_of_type("workflow"))
    assert [task.get("sources", []) for task in workflow["tasks"]] == [[], [], []]
    assert "crocodiles: 0 " in workflow["summary"]["title"]
    await assert_transcript_matches(client)


def _is_of(event: dict[str, Any], kind: str) -> bool:
    return bool(event.get("item", {}).get("type") == kind)


def _indicators(client: ChatClient) -> list[dict[int, str]]:
    """The status of all tasks at each moment when one was added."""
    status: dict[int, str] = {}
    seen: list[dict[int, str]] = []
    for received in client.events:
        update: dict[str, Any] = received.event.get("update") or {}
        if update.get("type", "").startswith("workflow.task."):
            status[update["task_index"]] = update["task"]["status_indicator"]
            if update["type"] == "workflow.task.added":
                seen.append(dict(status))
    return seen
