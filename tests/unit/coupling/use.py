"""A row of the table of private names."""

from dataclasses import dataclass

WORKER = "services/agent-worker/src/turnstream_worker"
GATEWAY = "services/gateway/src/turnstream_gateway"
SHARED = "shared/src/turnstream"
GUIDE = "guide/src/turnstream_guide"
STORE = "services/store/src/turnstream_store"


@dataclass(frozen=True)
class Use:
    """One name, the file that uses it, and what for."""

    owner: str
    name: str
    file: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"
