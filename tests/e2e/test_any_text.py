"""Text of every kind on every road: nothing of it loses a turn or makes a 500.

What can be kept is kept as it came. What can't is U+FFFD: U+0000, and half of a surrogate pair.
"""

from typing import Any

import pytest
from turnstream.contracts.text import storable

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import ModelServer, Step, instructed, rounds, rules, text, tool_call

TEXTS = {
    "nul": "a\0b",
    "half": "\ude00\ud83d a\ud83d b",
    "halves": "a\ud83d\ude00b",
    "odd but sound": "\u202eabc\u202c \u200fשלום 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301\u00e9\u212b "
    '\x01\x1b[31m\x7f\ufeff\ufffe\U0010ffff \\u0000 \\ud83d \u2028\u2029\u0085"\\" \n\r\t',
    "long line": "長い" * 8_000,
}
every_text = pytest.mark.parametrize("odd", TEXTS.values(), ids=TEXTS)


def scripted(model: ModelServer, answer: Any, title: Step | None = None) -> None:
    """The title agent says `title`, every other agent the answer."""
    named = (instructed("title"), title or text("A title"))
    model.script = rules(named, otherwise=answer)


@every_text
async def test_what_a_user_writes(
    modelled_client: ChatClient, model: ModelServer, odd: str
) -> None:
    """The message, as it is shown, stored and read again."""
    scripted(model, text("ok"))

    await modelled_client.send_message("." + odd)

    assert modelled_client.ended == "completed"
    [message] = modelled_client.items_of_type("user_message")
    assert message["content"][0]["text"] == storable("." + odd)
    await assert_transcript_matches(modelled_client)


@every_text
async def test_what_a_model_says(modelled_client: ChatClient, model: ModelServer, odd: str) -> None:
    """Cut anywhere, in the answer and in the title, and asked again with the next message."""
    middle = len(odd) // 2
    scripted(model, text("x", odd[:middle], odd[middle:], "y"), title=text("T" + odd[:100]))

    await modelled_client.send_message("go")
    await modelled_client.send_message("and again")

    assert modelled_client.ended == "completed"
    assert modelled_client.errors == []
    answers = modelled_client.items_of_type("assistant_message")
    assert {answer["content"][0]["text"] for answer in answers} == {storable(f"x{odd}y")}
    await assert_transcript_matches(modelled_client)


@every_text
async def test_what_a_model_gives_to_a_tool(
    modelled_client: ChatClient, model: ModelServer, odd: str
) -> None:
    """A tool of the tools service, whose result goes back to the model and into a column."""
    kept = storable(odd[:300] + ".")
    call = rounds(tool_call("save_fact", {"fact": odd[:300] + "."}), text("Noted."))
    scripted(model, call)

    await modelled_client.send_message("remember")

    [asked] = modelled_client.items_of_type("client_tool_call")
    assert asked["arguments"]["fact_text"] == kept.strip()
    facts = (await modelled_client.call("GET", "/facts"))["facts"]
    assert [fact["text"] for fact in facts] == [kept.strip()]
    await modelled_client.add_client_tool_output({odd[:50]: odd})
    assert modelled_client.ended == "completed"
    assert modelled_client.errors == []
    await modelled_client.load_thread()
    await assert_transcript_matches(modelled_client)


@every_text
async def test_what_a_page_sends(client: ChatClient, odd: str) -> None:
    """The payload of an action, metadata of a request, and the search for a mention."""
    await client.send_message("hello")
    await client.custom_action("odd" + odd[:50], {odd[:50]: [odd, {"n": 2**64 - 1}]})
    assert client.ended is not None
    await client.run(
        "threads.add_user_message",
        {
            "thread_id": client.thread_id,
            "input": {
                "content": [{"type": "input_text", "text": "hi"}],
                "attachments": [],
                "inference_options": {},
                "quoted_text": odd,
            },
        },
        metadata={odd[:50]: odd},
    )
    assert client.ended == "completed"
    await assert_transcript_matches(client)
