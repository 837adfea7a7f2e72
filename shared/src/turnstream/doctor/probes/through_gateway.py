"""Requests of a user to the gateway, as a chat page sends them."""

import json
from collections.abc import Mapping

from turnstream.doctor.findings import Finding, skipped
from turnstream.doctor.http_request import Answer, Request, ask
from turnstream.doctor.probe import Target

REFUSED = (401, 403)
"""Statuses that say that the gateway does not know who asks, or does not let them."""


async def chatkit(
    target: Target, kind: str, params: Mapping[str, object], credentials: Mapping[str, str]
) -> Answer:
    """The answer to a ChatKit request."""
    body = json.dumps({"type": kind, "params": params, "metadata": {}}).encode()
    headers = {"Content-Type": "application/json", **credentials}
    return await ask(Request(f"{target.gateway}/chatkit", "POST", headers, body))


def not_let_in(target: Target, answer: Answer) -> Finding:
    """What is said of a probe to which the gateway did not let us."""
    if target.bearer:
        return skipped("the gateway does not take the bearer, see auth")
    return skipped(f"the gateway asks who we are ({answer.status}): give --bearer")
