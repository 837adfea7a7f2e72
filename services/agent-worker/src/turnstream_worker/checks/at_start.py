"""What a worker says at its start: the most severe findings, before any user is served."""

from collections.abc import Iterable

from turnstream.telemetry import get_logger

from turnstream_worker.checks.findings import Finding, Severity, ordered
from turnstream_worker.checks.rules import findings_of
from turnstream_worker.checks.server import server_findings
from turnstream_worker.loading import AssistantNotLoaded, LoadedApp

log = get_logger(__name__)


def check_at_start(app: LoadedApp, *, refuse: bool) -> None:
    """Log what goes wrong in this app. Raises `AssistantNotLoaded` for what can never work.

    With `refuse=False` that is logged too.
    """
    found = _found(app)
    refused = [each for each in found if each.severity is Severity.REFUSED]
    if refused and refuse:
        raise AssistantNotLoaded(
            f"{app.named} can't work here. {_text(refused)} APP_CHECK=warn starts it all the same."
        )
    for each in found:
        if each.severity is not Severity.NOTE:
            log.warning(
                "the app will not work as meant",
                app=app.path,
                code=each.code,
                severity=each.severity,
                at=str(each.location) if each.location else None,
                problem=each.message,
                remedy=each.remedy,
            )


def _found(app: LoadedApp) -> list[Finding]:
    if app.path.startswith("turnstream"):  # a test checks those: no start waits for it
        return ordered(server_findings(app.assistant))
    try:
        return ordered(findings_of(app.path, app.assistant))
    except Exception:  # whatever odd code does to a rule: a check stops no worker
        log.exception("the app could not be checked", assistant=app.path)
        return []


def _text(findings: Iterable[Finding]) -> str:
    return " ".join(str(each) for each in findings)
