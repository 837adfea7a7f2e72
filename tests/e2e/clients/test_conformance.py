"""Turnstream keeps every rule that `turnstream conformance` knows."""

from turnstream.conformance.examination import Plan
from turnstream.conformance.suite import Result, examine
from turnstream.conformance.visitor import Target, endpoint
from turnstream_devstack.stack import Stack

_NOT_OFFERED = {
    "isolation.anonymous",  # AUTH=dev knows everybody
    "transcribe.answered",  # no model that listens
    "sse.keep-alive",  # nothing here is silent for half a minute
}


async def test_every_rule_is_kept(demo: Stack) -> None:
    """All sixteen requests, by two users, on the guide with its keyless model."""
    alice, bob = ({"X-User-Id": f"{name}-of-conformance"} for name in ("alice", "bob"))
    target = Target(endpoint(demo.gateway_urls[0]), alice, 30.0)

    report = await examine(Plan(target, other_headers=bob))

    assert {each.rule.id: each.detail for each in report.failed} == {}
    skipped = {
        each.rule.id: each.detail for each in report.outcomes if each.result is Result.SKIPPED
    }
    assert skipped.keys() == _NOT_OFFERED, skipped
