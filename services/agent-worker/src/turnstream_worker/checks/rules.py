"""All rules, on one app."""

from collections.abc import Iterator, Set

from turnstream_worker.assistant import Assistant
from turnstream_worker.checks.blocking import blocking_findings
from turnstream_worker.checks.findings import Finding
from turnstream_worker.checks.habits import (
    context_findings,
    route_findings,
    setting_findings,
    task_findings,
    time_findings,
)
from turnstream_worker.checks.memory import memory_findings
from turnstream_worker.checks.module_names import name_findings
from turnstream_worker.checks.server import server_findings
from turnstream_worker.checks.sessions import session_findings
from turnstream_worker.checks.sources import app_sources
from turnstream_worker.models import ModelSettings
from turnstream_worker.settings import WorkerSettings

_OF_OTHER_SERVICES = {"DATABASE_URL", "PORT", "GATEWAYS", "WORKERS", "DATA_DIR", "AUTH"}
_MEANT_FOR_BOTH = {"OPENAI_API_KEY", "OPENAI_BASE_URL"}
"""The app's model and Turnstream's are usually one."""


def findings_of(path: str, assistant: Assistant) -> Iterator[Finding]:
    """Everything that is known to go wrong in the app of this factory, in no order."""
    yield from server_findings(assistant)
    yield from name_findings()
    yield from _findings_in_sources(path, assistant)


def _findings_in_sources(path: str, assistant: Assistant) -> Iterator[Finding]:
    # A factory may be in a file of its own, in another folder than the app's.
    sources = app_sources(path.partition(":")[0], type(assistant.server).__module__)
    yield from blocking_findings(sources)
    yield from memory_findings(sources)
    yield from session_findings(sources)
    yield from task_findings(sources)
    yield from time_findings(sources)
    yield from route_findings(sources)
    yield from setting_findings(sources, our_settings())
    if assistant.context is None:
        yield from context_findings(sources)


def our_settings() -> Set[str]:
    """Names that an app had better not use for itself."""
    classes = (WorkerSettings, ModelSettings)
    names = {name.upper() for settings in classes for name in settings.model_fields}
    return (names | _OF_OTHER_SERVICES) - _MEANT_FOR_BOTH
