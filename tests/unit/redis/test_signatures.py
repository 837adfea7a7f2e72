"""What is believed of the bus, and what a recorded message is good for."""

import itertools
import timeit
from datetime import timedelta

import pytest
from turnstream.redis import topology
from turnstream.redis.signatures import Signatures
from turnstream.secrets.internal_key import KeyRing

OLD, NEW = "o" * 32, "n" * 32
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)
BODY = b'{"key":"call_1"}'


@pytest.fixture
def bus() -> Signatures:
    return Signatures(KeyRing(OLD))


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(STEPS)))
def test_services_before_and_after_a_step_of_a_change_understand_each_other(
    before: str, after: str
) -> None:
    """Messages of the old key are on their way while the new one comes into use."""
    for one, other in itertools.product((before, after), repeat=2):
        signature = Signatures(KeyRing(one)).sign("ts:x", BODY)
        assert Signatures(KeyRing(other)).rejection_reason("ts:x", BODY, signature) is None


def test_a_signature_is_for_one_body_and_one_destination(bus: Signatures) -> None:
    """A recorded message can't be sent to another worker, nor be changed."""
    signature = bus.sign("ts:replies:a", BODY)
    assert bus.rejection_reason("ts:replies:a", BODY, signature) is None
    assert bus.rejection_reason("ts:replies:b", BODY, signature) == "wrong"
    assert bus.rejection_reason("ts:replies:a", BODY + b" ", signature) == "wrong"
    later = f"{int(signature.partition('.')[0]) + 1}.{signature.partition('.')[2]}"
    assert bus.rejection_reason("ts:replies:a", BODY, later) == "wrong"


@pytest.mark.parametrize(
    "signature", [None, 5, "", ".", "1.", "é.é", "x" * 10_000, "1." + "0" * 64]
)
def test_what_is_no_signature_of_ours_is_refused(bus: Signatures, signature: object) -> None:
    """Whatever it looks like, and without an exception."""
    assert bus.rejection_reason("ts:x", BODY, signature) in ("unsigned", "wrong")


def test_a_key_that_was_replaced_signs_nothing(bus: Signatures) -> None:
    """Once it is out of the ring."""
    assert (
        Signatures(KeyRing(NEW)).rejection_reason("ts:x", BODY, bus.sign("ts:x", BODY)) == "wrong"
    )


@pytest.mark.parametrize("passed", [timedelta(minutes=6), timedelta(minutes=-8)])
def test_a_short_call_cannot_be_played_again_later(passed: timedelta) -> None:
    """It alone would run twice; all else is decided by what is committed, whenever it comes."""
    ring, now = KeyRing(OLD), [1_000_000.0]
    bus = Signatures(ring, lambda: now[0])
    short = bus.sign(topology.SERVER_CALLS, BODY)
    call = bus.sign(topology.TOOL_CALLS, BODY)
    now[0] += 60
    assert bus.rejection_reason(topology.SERVER_CALLS, BODY, short) is None
    now[0] += passed.total_seconds()
    assert bus.rejection_reason(topology.SERVER_CALLS, BODY, short) == "old"
    assert bus.rejection_reason(topology.TOOL_CALLS, BODY, call) is None


def test_signing_and_checking_take_no_time_worth_a_thought(bus: Signatures) -> None:
    """About 10 µs for both; the bound leaves room for a busy machine."""
    body = BODY * 60
    signature = bus.sign("ts:x", body)

    def both() -> None:
        bus.sign("ts:x", body)
        bus.rejection_reason("ts:x", body, signature)

    assert min(timeit.repeat(both, number=200, repeat=5)) / 200 < 100e-6
