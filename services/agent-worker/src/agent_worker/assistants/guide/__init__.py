"""The bundled assistant: a guide that gets to know the user and shows what the tools can do."""

from agent_worker.assistants.guide.server import GuideServer, create

__all__ = ["GuideServer", "create"]
