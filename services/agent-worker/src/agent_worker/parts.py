"""What an attempt works with."""

from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from turnstream.store_client import StoreClient

from agent_worker.attempt import Attempt
from agent_worker.failures import Failure
from agent_worker.journal import Journal
from agent_worker.log_writer import LogWriter
from agent_worker.open_thread import OpenThread
from agent_worker.outlet import Outlet
from agent_worker.pump import EventPump
from agent_worker.settings import WorkerSettings


@dataclass
class TurnParts:
    """The parts of one attempt, made together and gone together."""

    attempt: Attempt
    server: ChatKitServer[Any]
    client: StoreClient
    settings: WorkerSettings
    thread: OpenThread
    writer: LogWriter
    outlet: Outlet
    pump: EventPump
    journal: Journal
    failure: Failure | None = None
