"""Factories of the exports, for `WORKFLOWS`."""

from turnstream_worker.agent_builder import workflow

HERE = "tests.e2e.agent_builder_exports"

drafts = workflow(f"{HERE}.while_loop:run_workflow")
guarded = workflow(f"{HERE}.guardrails_first:run_workflow")
library = workflow(f"{HERE}.file_search:run_workflow")
mail = workflow(f"{HERE}.human_approval:run_workflow")
