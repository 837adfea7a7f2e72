"""Python and packages: the versions that belong together."""

import platform
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version

from turnstream.doctor.findings import Finding, failure, ok
from turnstream.doctor.probe import Kind, Probe, Target

_OLDEST = (3, 11)
_EXACT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^;\s,]+)$")
"""A requirement of one version and no other: what is coupled tightly."""
_REMEDY = "Install the services again as they are locked: `uv sync`, or the image of the release."


async def look(_target: Target) -> Sequence[Finding]:
    """A finding for Python, one for our packages, and one for what they pin."""
    found = {each.name: each for each in distributions() if _is_ours(each.name)}
    ours = list(found.values())
    return [_python(), _together(ours), *_pinned(ours)]


def _is_ours(name: str) -> bool:
    return name == "turnstream" or name.startswith("turnstream-")


def _python() -> Finding:
    if sys.version_info < _OLDEST:
        return failure(
            f"Python {platform.python_version()} is too old", "Use Python 3.11 or a newer one."
        )
    return ok(f"Python {platform.python_version()}")


def _together(ours: Sequence[Distribution]) -> Finding:
    versions = {each.version for each in ours}
    if len(versions) > 1:
        installed = ", ".join(f"{each.name} {each.version}" for each in ours)
        return failure(f"packages of several releases are installed: {installed}", _REMEDY)
    return ok(f"Turnstream {versions.pop()}")


def _pinned(ours: Sequence[Distribution]) -> Iterator[Finding]:
    pins = sorted({pin for each in ours for pin in _pins(each)})
    wrong = [(name, wanted, _installed(name)) for name, wanted in pins]
    for name, wanted, found in wrong:
        if found != wanted:
            yield failure(f"{name} {found or 'is missing'}, but {wanted} is needed", _REMEDY)
    if pins and all(found == wanted for _, wanted, found in wrong):
        yield ok(", ".join(f"{name} {wanted}" for name, wanted in pins))


def _pins(package: Distribution) -> Iterator[tuple[str, str]]:
    for requirement in package.requires or ():
        if (found := _EXACT.match(requirement)) and not _is_ours(found[1]):
            yield found[1], found[2]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


PROBE = Probe(Kind.HERE, look)
