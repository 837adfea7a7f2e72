"""Which probes there are, and what they found."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from turnstream.doctor.findings import Finding, failure, skipped
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.secrets.redaction import without_secrets

PROBES = "turnstream.probes"
"""The group of entry points by which packages bring their probes. An app may bring some, too."""

CORE = "turnstream-core"
PACKAGES: Mapping[str, str] = {
    "settings": CORE,
    "pins": CORE,
    "ports": CORE,
    "redis": CORE,
    "postgres": "turnstream-store",
    "store": CORE,
    "assistant": "turnstream-agent-worker",
    "model": "turnstream-agent-worker",
    "tool": "turnstream-agent-worker",
    "gateway": CORE,
    "auth": CORE,
    "cors": CORE,
    "proxy": CORE,
    "timeouts": CORE,
    "files": CORE,
}
"""Our probes in the order of the report, with the package that brings each."""


@dataclass(frozen=True)
class ProbeResult:
    """What one probe found, and how long it took."""

    probe: str
    findings: Sequence[Finding]
    seconds: float = 0.0


def names() -> list[str]:
    """Every probe that can be asked for: ours, and those of other packages behind them."""
    return list(dict.fromkeys([*PACKAGES, *sorted(_installed())]))


async def examine(target: Target, only: Iterable[str] = ()) -> list[ProbeResult]:
    """Let the probes look, those named in `only` or all; in the order of the report."""
    installed = _installed()
    chosen = [name for name in names() if name in set(only) or not only]
    loaded = {name: _loaded(installed[name]) for name in chosen if name in installed}
    done: dict[str, ProbeResult] = {}
    for kind in Kind:
        named = [(name, probe) for name, probe in loaded.items() if _kind(probe) is kind]
        for each in await asyncio.gather(*(_examined(*pair, target) for pair in named)):
            done[each.probe] = each
    return [done.get(name) or _missing(name) for name in chosen]


def _installed() -> dict[str, EntryPoint]:
    return {each.name: each for each in entry_points(group=PROBES)}


def _loaded(entry: EntryPoint) -> Probe | Exception:
    try:
        probe: Probe = entry.load()
    except Exception as error:
        return error
    return probe


def _kind(probe: Probe | Exception) -> Kind:
    return Kind.HERE if isinstance(probe, Exception) else probe.kind


def _missing(name: str) -> ProbeResult:
    return ProbeResult(name, [skipped(f"{PACKAGES[name]} is not installed here")])


async def _examined(name: str, probe: Probe | Exception, target: Target) -> ProbeResult:
    if isinstance(probe, Exception):
        return ProbeResult(name, [_broken(probe)])
    began = time.monotonic()
    try:
        async with asyncio.timeout(probe.limit.total_seconds()):
            found = await probe.look(target)
    except TimeoutError:
        seconds = f"{probe.limit.total_seconds():g} s"
        found = [failure(f"no result within {seconds}", "See whether what it asks still answers.")]
    except Exception as error:
        found = [_broken(error)]
    return ProbeResult(name, list(_safe(found)), time.monotonic() - began)


def _broken(error: Exception) -> Finding:
    reason = without_secrets(f"{type(error).__name__}: {error}")
    return failure(f"could not be looked at: {reason}", "Mend what the message names.")


def _safe(found: Iterable[Finding]) -> Iterator[Finding]:
    """Without a key or a password that a library quoted, and each on one line."""
    for each in found:
        message = " ".join(without_secrets(each.message).split())
        yield Finding(each.status, message, " ".join(each.remedy.split()))
