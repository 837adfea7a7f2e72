"""A user has so many open streams at a gateway, and none counts for ever."""

import gc

import pytest
from turnstream.contracts.owner import Owner
from turnstream.errors import TooManyStreams
from turnstream_gateway.relay.streams.open_streams import OpenStreams

ANN, BOB, OTHER_ANN = Owner("acme", "ann"), Owner("acme", "bob"), Owner("globex", "ann")


def test_a_user_has_so_many_streams_and_others_have_theirs() -> None:
    """One that ends makes room for another, and ends once only."""
    streams = OpenStreams(2)
    first, _second = streams.add(ANN), streams.add(ANN)
    with pytest.raises(TooManyStreams) as refused:
        streams.add(ANN)
    assert (refused.value.limit, refused.value.retryable) == ("streams", True)
    others = [streams.add(BOB), streams.add(OTHER_ANN)]
    first.close()
    first.close()
    _third = streams.add(ANN)
    with pytest.raises(TooManyStreams):
        streams.add(ANN)
    assert len(others) == 2


def test_a_stream_that_could_not_be_opened_does_not_count() -> None:
    """Whatever keeps it from being opened, and however long the failure is remembered."""
    streams, failures = OpenStreams(1), []
    for _ in range(3):
        try:
            with streams.opening(ANN):
                raise RuntimeError("the store is away")
        except RuntimeError as failure:
            failures.append(failure)
    assert streams.add(ANN)


def test_an_answer_that_is_never_sent_does_not_count() -> None:
    """A request may be cancelled between its answer and the sending of it."""
    streams = OpenStreams(1)
    with streams.opening(ANN) as opened:
        held = [opened]
    with pytest.raises(TooManyStreams):
        streams.add(ANN)
    held.clear()
    del opened
    gc.collect()
    assert streams.add(ANN)


def test_users_without_a_stream_are_forgotten() -> None:
    """A gateway that lives for months sees many."""
    streams = OpenStreams(1)
    kept = streams.add(ANN)
    for number in range(5000):
        streams.add(Owner("acme", str(number))).close()
    assert len(streams._count) == 1
    with pytest.raises(TooManyStreams):
        streams.add(ANN)
    kept.close()
