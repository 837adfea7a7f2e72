"""What a service writes to its log: objects of JSON, without the words of users."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

PLANTED = "the-users-own-words"


def lines_of(code: str, **settings: object) -> Sequence[Mapping[str, object]]:
    """The lines that a process writes which does this as a service."""
    program = f"""
import asyncio, logging, threading, warnings
from pydantic import TypeAdapter
from turnstream import telemetry
from turnstream.logs import context
from turnstream.settings import Settings

telemetry.set_up("cafe", Settings(instance="cafe-1", **{settings!r}))
log, library = telemetry.get_logger("turnstream_worker.cups"), logging.getLogger("library")
USER = {PLANTED!r}

def fall() -> None:
    raise ValueError(f"a cup with {{USER}} fell")

{code}
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return [json.loads(line) for line in ran.stderr.splitlines()]


RAISING = """
try:
    fall()
except ValueError as error:
    log.exception("ours")
    log.warning("as a value", error=error)
    library.error("as an argument: %s", error)
try:
    TypeAdapter(int).validate_python(USER)
except ValueError as error:
    library.error(f"pydantic's: {error}")
try:
    open(f"/nowhere/{USER}.pdf")
except OSError as error:
    log.warning("a file's", error=error)
library.error("with bad arguments: %d", USER)
"""


def test_the_words_of_an_exception_stay_out_of_the_log() -> None:
    """They may quote anybody; what is logged is its class, and where it came from."""
    lines = lines_of(RAISING)
    assert PLANTED not in json.dumps(lines)
    assert "in fall" in str(lines[0]["exception"])
    assert lines[1]["error"] == "ValueError: […]"
    assert lines[4]["error"] == "FileNotFoundError: No such file or directory"
    assert (lines[5]["event"], lines[5]["error"]) == ("a line could not be logged", "TypeError")


def test_a_developer_has_them_logged() -> None:
    """What is said in a stack of one's own is no secret."""
    assert json.dumps(lines_of(RAISING, log_error_text=True)).count(PLANTED) >= 4


UNCAUGHT = """
warnings.warn("a warning")
thread = threading.Thread(target=fall)
thread.start()
thread.join()

async def leave_a_task() -> None:
    async def falling(_: str) -> None:
        fall()
    asyncio.create_task(falling(USER))
    asyncio.get_running_loop().call_soon(int, USER)
    await asyncio.sleep(0.01)

asyncio.run(leave_a_task())
fall()
"""


def test_what_python_prints_is_logged_too() -> None:
    """Warnings, what ends a thread or the process, and exceptions that nobody retrieves."""
    lines = lines_of(UNCAUGHT)
    assert PLANTED not in json.dumps(lines)
    events = [str(line["event"]) for line in lines]
    assert events[0].endswith("UserWarning: a warning")
    assert events[1] == "a thread ended by an exception"
    assert set(events[2:4]) == {"Task exception was never retrieved", "Exception in callback int"}
    assert events[4:] == ["the process ended by an exception"]
    assert all(line["service"] == "cafe" for line in lines)


def test_debug_is_for_our_own_lines() -> None:
    """Libraries that log what they send are heard from warnings on, all others from infos on."""
    code = """
for logger in (logging.getLogger("turnstream_store.x"), logging.getLogger("httpx"), library):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING):
        logger.log(level, logging.getLevelName(level))
"""
    heard = [(line["logger"], line["event"]) for line in lines_of(code, log_level="DEBUG")]
    assert heard == [
        ("turnstream_store.x", "DEBUG"),
        ("turnstream_store.x", "INFO"),
        ("turnstream_store.x", "WARNING"),
        ("httpx", "WARNING"),
        ("library", "INFO"),
        ("library", "WARNING"),
    ]


def test_a_line_says_for_which_turn_it_was_written() -> None:
    """Also one of a library, and of a task that was begun meanwhile; a new door begins anew."""
    code = """
async def in_a_task() -> None:
    library.info("theirs")

async def main() -> None:
    context.enter(turn_id="turn_1", tenant="acme", attempt=2, thread_id="what I asked?")
    await asyncio.create_task(in_a_task())
    context.enter(turn_id="turn_2")
    log.info("ours")

asyncio.run(main())
"""
    first, second = lines_of(code)
    assert (first["turn_id"], first["tenant"], first["attempt"]) == ("turn_1", "acme", 2)
    assert "thread_id" not in first  # it is none
    assert (second["turn_id"], second.get("attempt")) == ("turn_2", None)


UNWRITABLE = """
class Torn:
    def __repr__(self) -> str:
        raise ValueError(USER)

log.info("a value that can't be shown", torn=Torn())
log.error("one of an error", torn=Torn())
log.info("goes on")
"""


def test_a_line_that_can_not_be_written_stops_nobody() -> None:
    """A line says where that was, and what is logged next is written."""
    lines = lines_of(UNWRITABLE)
    assert PLANTED not in json.dumps(lines)
    assert [line["event"] for line in lines] == ["a line could not be logged"] * 2 + ["goes on"]
    assert lines[0]["at"] == "turnstream_worker.cups"


def test_what_went_wrong_reaches_the_handlers_of_an_app() -> None:
    """Such as those of a service that collects errors; what went well is not theirs."""
    code = """
class Collector(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        collected.append((record.levelname, record.msg["event"], record.msg["turn"]))

collected: list[tuple[str, str, int]] = []
logging.getLogger().addHandler(Collector())
log.info("a turn ended", turn=1)
log.warning("a turn ended late", turn=2)
try:
    fall()
except ValueError:
    log.exception("a turn failed", turn=3)
log.info("collected", all=collected)
"""
    *_, last = lines_of(code)
    assert last["all"] == [["WARNING", "a turn ended late", 2], ["ERROR", "a turn failed", 3]]
