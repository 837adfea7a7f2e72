"""Questions about ChatKit are answered from the guides, with citations, in three languages."""

import orjson
import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, instructed, rounds, rules, text, tool_call


@pytest.mark.parametrize(
    ("question", "language", "file", "says"),
    [
        ("How do client tools work in ChatKit?", "en", "client-tools.md", "client tool"),
        ("ChatKit 的附件怎麼用？", "zh-TW", "zh-TW/attachments.md", "附件"),
        ("如何进行身份验证？", "zh-CN", "zh-TW/authentication.md", "验证"),
    ],
)
async def test_a_question_is_answered_with_its_source(
    client: ChatClient, question: str, language: str, file: str, says: str
) -> None:
    """The best section in the user's language is told and cited; its mark is not shown."""
    await client.send_message(question, headers={"Accept-Language": language})

    part = client.items_of_type("assistant_message")[0]["content"][0]
    first = part["annotations"][0]
    assert says in part["text"].lower()
    assert "§" not in part["text"]
    assert (first["source"]["type"], first["source"]["filename"]) == ("file", file)
    assert 0 < first["index"] <= len(part["text"])
    await assert_transcript_matches(client)


async def test_the_search_is_seen_while_it_runs(client: ChatClient) -> None:
    await client.send_message("How do widgets work in ChatKit?")

    assert [progress["text"] for progress in client.progress] == ["Searching the guides"]
    assert "annotation_added" in str(client.events)
    await assert_transcript_matches(client)


async def test_what_the_guides_do_not_know_is_said(client: ChatClient) -> None:
    """No section, no citation, no invention."""
    await client.send_message("search the docs for xylophones")

    part = client.items_of_type("assistant_message")[0]["content"][0]
    assert part["text"] == "The guides say nothing about that."
    assert part["annotations"] == []
    await assert_transcript_matches(client)


async def test_a_real_model_cites_by_mark(modelled_client: ChatClient, model: ModelServer) -> None:
    """It reads the sections with their marks; those it writes become annotations, an invented one
    does not.
    """
    answer = ["Ask for an address, ", "then send [§", "{mark}]. More[§9999]."]
    cited = rounds(tool_call("search_docs", {"query": "two-phase upload"}), text("wait"))
    model.script = rules((instructed("title"), text("A title")), otherwise=cited)
    await modelled_client.send_message("How are files uploaded?")
    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    source = orjson.loads(str(outputs[0]))["sources"][0]
    assert source["id"] == "attachments.md#two-phase-upload"

    pieces = [piece.replace("{mark}", source["cite"][2:-1]) for piece in answer]
    cited = rounds(tool_call("search_docs", {"query": "two-phase upload"}), text(*pieces))
    model.script = rules((instructed("title"), text("A title")), otherwise=cited)
    await modelled_client.send_message("And again?")

    part = modelled_client.items_of_type("assistant_message")[-1]["content"][0]
    assert part["text"] == "Ask for an address, then send. More."
    titles = [(note["source"]["title"], note["index"]) for note in part["annotations"]]
    assert titles == [("Two-phase upload", len("Ask for an address, then send"))]
    await assert_transcript_matches(modelled_client)
