"""The tools that come with the service, one file each."""

from tools.catalog.get_weather import get_weather
from tools.catalog.long_running_task import long_running_task
from tools.catalog.save_fact import save_fact
from tools.catalog.switch_theme import switch_theme

__all__ = ["TOOLS"]

TOOLS = (get_weather, long_running_task, save_fact, switch_theme)
