"""Every scenario, one file per part that is hurt."""

from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import worker_kill

ALL: list[Scenario] = [*worker_kill.SCENARIOS]
