"""Every scenario, one file per part that is hurt."""

from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import (
    browser,
    clock,
    cluster,
    conversation,
    demonstrations,
    deploy,
    door_kill,
    freeze,
    limits,
    model_cut,
    poison,
    postgres_restart,
    redis_loss,
    reload,
    same_key,
    stop,
    tabs,
    tool_kill,
    two_versions,
    worker_kill,
)

_FILES = (
    worker_kill,
    conversation,
    demonstrations,
    tool_kill,
    door_kill,
    freeze,
    redis_loss,
    reload,
    stop,
    tabs,
    browser,
    same_key,
    limits,
    model_cut,
    clock,
    cluster,
    poison,
    deploy,
    two_versions,
    postgres_restart,
)
ALL: list[Scenario] = [scenario for file in _FILES for scenario in file.SCENARIOS]
