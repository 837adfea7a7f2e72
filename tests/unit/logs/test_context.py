"""What is carried to the store, and read there."""

import contextvars

import pytest
from turnstream.logs import context


def _line(**facts: str | int | None) -> str:
    def entered() -> str:
        context.enter(**facts)
        return context.header_line()

    return contextvars.copy_context().run(entered)


def test_the_store_is_told_for_what_a_call_is_made() -> None:
    """Its tenant is in a header of its own already; what only the worker knows stays there."""
    line = _line(request_id="req_1", turn_id="turn_1", attempt=2, tenant="acme", call_id="c")
    name, _, value = line.removesuffix("\r\n").partition(": ")
    assert name == context.HEADER
    assert context.carried_by(value) == {"request_id": "req_1", "turn_id": "turn_1", "attempt": "2"}


def test_outside_of_every_door_nothing_is_told() -> None:
    """A duty of the sweeper is for nobody's turn."""
    assert _line() == ""


@pytest.mark.parametrize(
    "header", ["turn_id=what+I+asked", "user=tracy", "turn_id", "&&", "x" * 2000, "turn_id=a%0Ab"]
)
def test_what_is_no_id_is_not_believed(header: str) -> None:
    """A caller may send any text."""
    assert context.carried_by(header) == {}


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("/turns/turn_1/events", {"turn_id": "turn_1"}),
        ("/threads/thr_1", {"thread_id": "thr_1"}),
        ("/threads/tell me a secret", {}),
        ("/attachments/atc_1", {}),
        ("/", {}),
        ("", {}),
    ],
)
def test_a_path_names_a_turn_or_a_thread(path: str, ids: dict[str, str]) -> None:
    """Only where ids stand, and only what can be one."""
    assert context.ids_in(path) == ids
