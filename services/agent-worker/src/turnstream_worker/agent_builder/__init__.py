"""Workflows of OpenAI's Agent Builder as assistants: the exported module runs unchanged.

    ASSISTANT=turnstream_worker.agent_builder:create  WORKFLOW=my_module:run_workflow

Its agents answer into the thread as they go, with the thread's history in front, and what it keeps
in `state` is there in the next turn. For several workflows write a module of one line each,
`sales = workflow("sales:run_workflow")`, and name these in `WORKFLOWS`.
"""

from turnstream_worker.agent_builder.server import WorkflowServer, create, workflow

__all__ = ["WorkflowServer", "create", "workflow"]
