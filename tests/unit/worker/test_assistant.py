"""An assistant that can't be loaded: whoever named it is told why."""

import pytest
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import AssistantNotLoaded, load_assistant
from turnstream_worker.thread.chatkit_store import TurnStore


@pytest.mark.parametrize(
    ("assistant", "reason"),
    [
        ("no.such.module:create", "No module named"),
        ("turnstream_guide:nothing", "nothing"),
        ("just_a_name", "module:factory"),
        ("builtins:str", "not a ChatKitServer"),
    ],
)
def test_it_says_what_was_named_and_what_is_wrong_with_it(assistant: str, reason: str) -> None:
    """A module that is not there, a factory that is not there or makes something else, no factory
    at all: each has words of its own.
    """
    with pytest.raises(AssistantNotLoaded) as refused:
        load_assistant(assistant, TurnStore(MemoryStore()))

    assert assistant in str(refused.value)
    assert reason in str(refused.value)
