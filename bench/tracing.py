"""What traces cost: Turnstream with one turn in ten traced, beside the same without traces."""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from bench.load import Load, Round, load_generator
from bench.plan import Crowd, Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.model import count_prompt
from bench.servers.subjects import Settings, Subject, http_model, turnstream

_CROWD = Crowd(16)
_WARM_UP = 3
"""Turns of each client before the first round."""
_WORDS = 100
_SAMPLED = "0.1"
_LONGER = 4
"""Times as many rounds as elsewhere: what is looked for is about as large as the noise of one."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Processor time of a turn, both ways, in turns."""
    with ExitStack() as stack:
        load = stack.enter_context(load_generator())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model = stack.enter_context(http_model(directory / "model"))
        sink = stack.enter_context(_collector())
        subjects = {
            name: stack.enter_context(turnstream(directory / name, settings, plan.workers))
            for name, settings in (("untraced", model), ("traced", _traced(model, sink)))
        }
        for subject in subjects.values():
            _cost(load, subject, _WARM_UP)
        costs = _alternate(load, subjects, plan, tell)
    return [_section(costs)]


def _traced(model: Settings, endpoint: str) -> Settings:
    return {
        **model,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": _SAMPLED,
    }


def _alternate(
    load: Load, subjects: dict[str, Subject], plan: Plan, tell: Tell
) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {name: [] for name in subjects}
    rounds = plan.rounds if plan.quick else plan.rounds * _LONGER
    for number in range(rounds):
        tell(f"tracing: round {number + 1} of {rounds}")
        for name in list(subjects)[:: 1 if number % 2 == 0 else -1]:
            turns = plan.turns_each(_CROWD.clients)
            costs[name].append(_cost(load, subjects[name], turns))
    return costs


def _cost(load: Load, subject: Subject, turns: int) -> float:
    """Seconds of processor time of a turn, in all processes of a system."""
    before = subject.cpu()
    heard = load.run(Round(subject.ports, count_prompt(_WORDS, 0), _CROWD.clients, turns))
    return (subject.cpu() - before) / len(heard.timings)


def _section(costs: dict[str, list[float]]) -> Section:
    untraced, traced = (statistics.median(costs[name]) for name in ("untraced", "traced"))
    pairs = zip(costs["traced"], costs["untraced"], strict=True)
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    spread = f"the pairs of rounds range from {ratios[0]:.3f} to {ratios[-1]:.3f}"
    return Section(
        f"traces of {float(_SAMPLED):.0%} of the turns, {_CROWD}",
        ("untraced", "traced"),
        [Row("CPU per turn", traced, "ms", untraced, at_most(1.03))],
        [f"the median of pairs is {statistics.median(ratios):.3f}; {spread}"],
        {"CPU per turn": costs},
    )


@contextmanager
def _collector() -> Iterator[str]:
    """The address of a collector that forgets what it gets. It runs in this process."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that the server looks for
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
