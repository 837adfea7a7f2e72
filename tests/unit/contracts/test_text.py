"""Any text becomes text that every part can keep, and nothing else of it changes."""

import json
import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from turnstream.contracts.text import (
    SplitCharacters,
    dump_json,
    dump_model,
    storable,
    storable_arguments,
    storable_json,
)

PIECES = ("a", "\\", "\0", "\ud83d", "\ude00", "😀", "\u202e", "\u2028", '"', "é", "e\u0301")
TEXT = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=())).map("".join)
"""Any characters at all, and often those that are hard to keep."""


def plainly(text: str) -> str:
    """What `storable` promises, by a slower way."""
    whole = re.sub("[\ud800-\udbff][\udc00-\udfff]", lambda pair: _pair(pair[0]), text)
    return re.sub("[\\0\ud800-\udfff]", "\ufffd", whole)


def _pair(halves: str) -> str:
    return chr(0x10000 + (ord(halves[0]) - 0xD800) * 0x400 + ord(halves[1]) - 0xDC00)


@given(TEXT)
def test_only_what_none_can_keep_is_replaced(text: str) -> None:
    """Halves that stand side by side become their character; twice is once."""
    kept = storable(text)
    assert kept == plainly(text)
    assert storable(kept) == kept


@given(TEXT)
def test_a_document_is_mended_in_its_escapes(text: str) -> None:
    """However a client spells it: what is read from it is what the text itself would become."""
    spelled = json.dumps({text: [text, 1]}).encode()
    assert orjson.loads(storable_json(spelled)) == {storable(text): [storable(text), 1]}


@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT) | st.integers(-9, 9)))
def test_plain_data_is_written_with_any_text_in_it(value: dict[str, object]) -> None:
    """What is written can be read by every part."""
    written = orjson.loads(dump_json(value))
    expected = json.loads(storable_json(json.dumps(value).encode()))
    assert written == expected


@given(st.lists(st.sampled_from(PIECES) | TEXT))
def test_pieces_add_up_to_their_text(pieces: list[str]) -> None:
    """Wherever a text is cut, in an emoji too. A half that nothing follows is left out."""
    characters = SplitCharacters()
    joined = "".join(characters.join("text", piece) for piece in pieces)
    whole = storable("".join(pieces))
    assert joined == whole or joined + "\ufffd" == whole


def test_two_texts_do_not_borrow_from_each_other() -> None:
    """A half waits for more of its own text."""
    characters = SplitCharacters()
    assert [
        characters.join("one", "a\ud83d"),
        characters.join("two", "\ude00b"),
        characters.join("one", "\ude00c"),
    ] == ["a", "\ufffdb", "😀c"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r'{"city": "Os\u0000lo"}', r'{"city": "Os\ufffdlo"}'),
        (r'{"city": "\\u0000"}', r'{"city": "\\u0000"}'),
        (r'{"city": "\ud83d"}', r'{"city": "\ufffd"}'),
        (r'{"city": "\ud83d\ude00"}', r'{"city": "\ud83d\ude00"}'),
        ("{", "{"),
    ],
)
def test_arguments_stay_the_text_that_the_model_wrote(written: str, kept: str) -> None:
    """But for what a tool could not keep; arguments that are no JSON stay none."""
    assert storable_arguments(written) == kept


class Note(BaseModel):
    """A model with any text."""

    text: str
    more: dict[str, object] | None = None


@given(TEXT)
def test_a_model_is_written_with_any_text_in_it(text: str) -> None:
    """With the options of pydantic's own way."""
    written = orjson.loads(dump_model(Note(text=text), exclude_none=True))
    assert written == {"text": storable(text)}
