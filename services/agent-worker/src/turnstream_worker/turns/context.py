"""What an attempt works with."""

from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from turnstream.store_client import StoreClient

from turnstream_worker.attempt import Attempt
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.replay.journal import Journal
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.open_thread import OpenThread
from turnstream_worker.turns.failures import Failure
from turnstream_worker.turns.pump import EventPump


@dataclass
class AttemptContext:
    """The parts of one attempt, made together and gone together."""

    attempt: Attempt
    server: ChatKitServer[Any]
    client: StoreClient
    settings: WorkerSettings
    thread: OpenThread
    writer: LogWriter
    output: EventOutput
    pump: EventPump
    journal: Journal
    failure: Failure | None = None
