"""What an operator reads of a failure holds no secrets, and nothing that users said."""

import pytest
from turnstream.secrets.redaction import REMOVED
from turnstream_worker.failures.scrubbing import LONGEST, scrubbed, texts_of


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop",
        "sk-ant-api03-abcdefgh1234",
        "sk-abcde***************wxyz",
        "gsk_abcdefghijklmnop",
        "xai-abcdefghijklmnop",
        "AIzaSyA1234567890abcdef",
        "hf_abcdefghijklmnop",
        "cksess_abcdefghijklmnop",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
    ],
)
def test_keys_are_taken_out(secret: str) -> None:
    text = scrubbed(f"Incorrect key: {secret}. See the page.")
    assert secret not in text
    assert text.startswith("Incorrect key: […]")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {REMOVED}"),
        ("http://user:pass@host/v1 failed", f"http://{REMOVED}@host/v1 failed"),
        ("GET /v1?key=abc&x=1", f"GET /v1?key={REMOVED}&x=1"),
        ("GET /v1?api-key=abc", f"GET /v1?api-key={REMOVED}"),
        ("{'content': 'what I said'}", f"{{'content': '{REMOVED}'}}"),
        ('"input": "it\\"s mine", "loc": 1', f'"input": \'{REMOVED}\', "loc": 1'),
        ("[input_value='private', input_type=str]", f"[input_value='{REMOVED}', input_type=str]"),
        ("The model `gpt-9` does not exist", "The model `gpt-9` does not exist"),
        ("a keyboard_interrupt_handler", "a keyboard_interrupt_handler"),
    ],
)
def test_what_is_private_goes_and_the_rest_stays(text: str, left: str) -> None:
    assert scrubbed(text) == left


def test_what_a_user_said_is_taken_out_wherever_it_is_quoted() -> None:
    """Short words are words like any other, and stay."""
    assert scrubbed("bad: tell me of Oslo!", ["tell me of Oslo", "bad"]) == f"bad: {REMOVED}!"


def test_a_long_text_is_cut() -> None:
    assert len(scrubbed("x" * 10**6)) == LONGEST


@pytest.mark.parametrize(
    ("request_", "texts"),
    [
        (
            {"params": {"input": {"content": [{"type": "input_text", "text": "hi"}, {"id": "t"}]}}},
            ["hi"],
        ),
        ({"params": {"action": {"type": "x"}}}, []),
        ({"params": None}, []),
        ({}, []),
    ],
)
def test_the_texts_of_a_request(request_: dict[str, object], texts: list[str]) -> None:
    assert texts_of(request_) == texts
