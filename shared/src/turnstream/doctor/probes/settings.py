"""Settings: each that a service could not use, and each that seems to be misspelt."""

from collections.abc import Sequence

from turnstream import service_settings
from turnstream.doctor.findings import Finding, failure, ok
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.settings import ConfigurationError, Settings

_REMEDY = "docs/settings.md says what each setting takes. No service starts before it is mended."


async def look(_target: Target) -> Sequence[Finding]:
    """A finding for each problem of the environment."""
    problems = service_settings.problems()
    if not problems:
        try:
            _ = Settings().key_ring
        except ConfigurationError as error:
            problems = [str(error)]
    if problems:
        return [failure(each, _REMEDY) for each in problems]
    services = [file.partition("/")[0] for file in service_settings.installed()]
    return [ok(f"every setting can be used ({', '.join(dict.fromkeys(services))})")]


PROBE = Probe(Kind.HERE, look)
