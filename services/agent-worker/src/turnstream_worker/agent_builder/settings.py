"""The setting of a workflow that was exported from Agent Builder."""

from turnstream.settings import EnvironmentSettings


class WorkflowSettings(EnvironmentSettings):
    """The settings for `ASSISTANT=turnstream_worker.agent_builder:create`."""

    workflow: str = ""
    """`module:function` of code that Agent Builder exported, such as `my_module:run_workflow`. See
    [From Agent Builder](guides/agent-builder.md)."""
