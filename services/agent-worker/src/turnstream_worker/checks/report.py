"""`turnstream check`: load an app as a worker would, and say all of what will not work in it."""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError
from turnstream.errors import BadRequest
from turnstream.settings import ConfigurationError
from turnstream.store_client import HttpStoreClient

from turnstream_worker.checks.findings import Finding, Severity, ordered
from turnstream_worker.checks.module_names import name_findings
from turnstream_worker.checks.rules import findings_of
from turnstream_worker.loading import AssistantNotLoaded, load_assistant
from turnstream_worker.models import default_provider, use_as_default
from turnstream_worker.replay.install import install
from turnstream_worker.settings import AppSettings
from turnstream_worker.thread.chatkit_store import TurnStore

_MOST_OF_A_KIND = 5
"""Findings of one rule that are printed for a person."""


async def check(path: str | None, *, as_json: bool) -> int:
    """Print the findings; 1 if a worker would refuse an app or warn of it, else 0.

    Without a path the apps of `ASSISTANT` and `WORKFLOWS` are checked. Each is named.
    """
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` has it; a console script has not
    named = {path: path} if path is not None else _deployed()
    found = {name: ordered(await _found(each)) for name, each in named.items()}
    if as_json:
        report = [{"app": app, **each.as_json()} for app, all_ in found.items() for each in all_]
        print(json.dumps(report, indent=2))
    else:
        for app, findings in found.items():
            _print(app, findings)
    every = itertools.chain.from_iterable(found.values())
    return int(any(each.severity is not Severity.NOTE for each in every))


def _deployed() -> dict[str, str]:
    """The apps of this environment's workers by their names: `wf_sales=sales.app:create`."""
    try:
        settings = AppSettings()
    except ValidationError as error:
        raise BadRequest(str(error.errors()[0]["msg"])) from error
    others = {f"{name}={path}": path for name, path in settings.workflows.items()}
    return {settings.assistant: settings.assistant, **others}


async def _found(path: str) -> list[Finding]:
    """Load, start and stop the app; what it does at its start, it does here too."""
    client = HttpStoreClient("http://127.0.0.1:9", retry_timeout=timedelta(seconds=1))
    try:
        install()
        provider = default_provider()
        use_as_default(provider)
        loaded = load_assistant(path, TurnStore(client))
        async with loaded.running():
            found = list(findings_of(path, loaded.assistant))
        return [*found, *_endpoint(provider.app_endpoint.named())]
    except (AssistantNotLoaded, ConfigurationError, ValidationError) as error:
        return [_not_loaded(str(error)), *name_findings()]
    finally:
        await client.aclose()


def _not_loaded(reason: str) -> Finding:
    remedy = "A worker does not start with it. Run this where the app's packages are installed."
    return Finding("not-loaded", Severity.REFUSED, reason, remedy)


def _endpoint(named: object) -> list[Finding]:
    if named is None:
        return []
    return [
        Finding(
            "own-endpoint",
            Severity.NOTE,
            "Agents are answered by the endpoint that the app names with set_default_openai_….",
            "OPENAI_API_KEY, OPENAI_BASE_URL and MODEL_API are not used for them.",
        )
    ]


def _print(path: str, found: Sequence[Finding]) -> None:
    seen = Counter[str]()
    for each in found:
        seen[each.code] += 1
        if seen[each.code] <= _MOST_OF_A_KIND:
            print(f"{each.location or path}: {each.severity}: {each.message}")
            print(f"    {each.remedy} [{each.code}]")
    for code, count in seen.items():
        if count > _MOST_OF_A_KIND:
            print(f"and {count - _MOST_OF_A_KIND} more [{code}]; --json has them all")
    counts = {kind: sum(each.severity is kind for each in found) for kind in Severity}
    summary = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    print(f"{path}: {summary or 'nothing found'}")
