"""What a probe is, and what it is told of the deployment that it looks at."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from turnstream.doctor.findings import Finding


class Kind(StrEnum):
    """What a probe looks at. Probes of one kind run side by side, the kinds one after the other:
    an app that is imported must not delay what another probe measures.
    """

    HERE = "here"
    """This machine and its environment."""
    SERVERS = "servers"
    """What the services need: Redis, Postgres, the store."""
    APP = "app"
    """The assistant, its model, its tools."""
    GATEWAY = "gateway"
    """What a browser meets."""


@dataclass(frozen=True)
class Target:
    """The deployment that is looked at. The rest of it is in the environment, as for a service."""

    gateway: str = ""
    """Where browsers find it, without a slash at the end; empty where nobody said."""
    origin: str = ""
    """The origin of the pages that call it: `https://shop.example`."""
    bearer: str = ""
    """What a request shows as `Authorization: Bearer …`; empty for none."""
    user: str = "turnstream-doctor"
    """The user's name for `AUTH=dev`."""
    store_url: str = ""
    key: str = ""
    """What the store asks for; empty for none."""

    @property
    def credentials(self) -> dict[str, str]:
        """The headers by which the gateway knows who asks."""
        if self.bearer:
            return {"Authorization": f"Bearer {self.bearer}"}
        return {"X-User-Id": self.user}


Look = Callable[[Target], Awaitable[Sequence[Finding]]]
"""Looks at one part. It leaves nothing behind and raises nothing that it can put into words."""


@dataclass(frozen=True)
class Probe:
    """A look at one part. An entry point of the group `turnstream.probes` names it."""

    kind: Kind
    look: Look
    limit: timedelta = timedelta(seconds=15)
    """How long it may take. It is cancelled then, and the report says so."""
