"""What one probe of `turnstream doctor` finds."""

from collections.abc import Sequence

from turnstream.doctor.examination import examine
from turnstream.doctor.findings import Finding, Status
from turnstream.doctor.probe import Target


async def findings(probe: str, target: Target | None = None) -> Sequence[Finding]:
    """What a probe finds in the environment of the test."""
    [examined] = await examine(target or Target(), [probe])
    return examined.findings


async def bad(probe: str, target: Target | None = None) -> list[Finding]:
    """The warnings and failures among that. Each says what to do next."""
    wrong = (Status.WARNING, Status.FAILURE)
    found = [each for each in await findings(probe, target) if each.status in wrong]
    assert all(each.remedy for each in found)
    return found
