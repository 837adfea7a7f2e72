"""What an app in a worker imports. `docs/guides/worker-api.md` lists all that is public beside it,
such as `turnstream_worker.testing`; everything else may change without notice.

An app is a `ChatKitServer` of yours, and needs nothing from here. These are for what ChatKit does
not have: tools of the tools service and of MCP servers, runs that wait for a person, the bytes of
attachments, mentions, and the turn on whose behalf code runs.
"""

from turnstream.contracts.store_api import Fact

from turnstream_worker.api.attachments import (
    AttachmentBudget,
    ModelVision,
    attachment_bytes,
    attachment_text,
)
from turnstream_worker.api.facts import FactStore
from turnstream_worker.api.paused_runs import UnreadableRun, load_run, pause_run, resume_run
from turnstream_worker.api.turn import CurrentTurn, current_turn
from turnstream_worker.assistant import App
from turnstream_worker.models import ModelSettings, WorkerModels, default_provider
from turnstream_worker.short_calls.entities import OffersEntities
from turnstream_worker.tools.mcp.servers import mcp_tools
from turnstream_worker.tools.remote_tools import catalogue_is_known, client_tools, remote_tools

__all__ = [
    "App",
    "AttachmentBudget",
    "CurrentTurn",
    "Fact",
    "FactStore",
    "ModelSettings",
    "ModelVision",
    "OffersEntities",
    "UnreadableRun",
    "WorkerModels",
    "attachment_bytes",
    "attachment_text",
    "catalogue_is_known",
    "client_tools",
    "current_turn",
    "default_provider",
    "load_run",
    "mcp_tools",
    "pause_run",
    "remote_tools",
    "resume_run",
]
