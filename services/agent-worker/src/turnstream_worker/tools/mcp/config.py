"""Which MCP servers a deployment offers, as `MCP_SERVERS` says: JSON, or the path of a JSON file.

It holds no secret: credentials of the deployment are named by the environment variable that has
them, those of a user by the header of the request that brings them.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from turnstream.settings import Duration


class McpServerConfig(BaseModel):
    """One server: a `command` to run beside the worker (stdio), or a `url` (streamable HTTP)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    """Stands before the names of its tools: `name_tool`."""
    command: str | None = None
    args: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    """Variables of the worker's environment that the command gets; it gets no other secret."""
    url: str | None = None
    headers_from_env: Mapping[str, str] = Field(default_factory=dict)
    """Header -> the environment variable that holds its value."""
    headers_from_request: Mapping[str, str] = Field(default_factory=dict)
    """Header -> the header of the user's request that brings its value. The gateway must let that
    one through (`CONTEXT_HEADERS`); a call without it goes without."""
    tools: tuple[str, ...] | None = None
    """The tools to offer; all of them without it."""
    timeout: Duration = timedelta(seconds=30)
    """The seconds for one call."""

    @model_validator(mode="after")
    def _one_transport(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError(f"{self.name}: give a command or a url")
        if self.command and (self.headers_from_env or self.headers_from_request):
            raise ValueError(f"{self.name}: a command has no headers")
        return self


def parse_servers(value: Any) -> Any:
    """The list that `MCP_SERVERS` means, not yet validated."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return json.loads(text if text.startswith("[") else Path(text).read_text())
