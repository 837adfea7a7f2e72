"""A workflow of Agent Builder on Turnstream: `ASSISTANT=my_app:create`."""

from turnstream_worker.agent_builder import workflow

create = workflow("my_app.workflow:run_workflow")
"""An assistant of the export. A second workflow is a second line like this one."""
