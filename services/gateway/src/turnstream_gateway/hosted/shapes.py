"""What the hosted API answers with: sessions, threads, and lists.

Every field of the hosted schema is there, with null where nothing is known: clients in other
languages read required fields without asking.
"""

from collections.abc import Sequence
from typing import Literal, TypeVar

from turnstream.contracts.identity import Session as StoredSession
from turnstream.contracts.identity import SessionConfiguration
from turnstream.contracts.turns import Json

from turnstream_gateway.hosted.items import Item, ListedObject, Shape, unix_seconds

StateVariable = str | bool | int | float


class FeatureState(Shape):
    """A switch."""

    enabled: bool


class Workflow(Shape):
    """The assistant of a session."""

    id: str
    version: str | None
    state_variables: dict[str, StateVariable] | None
    tracing: FeatureState


class RateLimits(Shape):
    """How often a session may ask."""

    max_requests_per_1_minute: int


class FileUpload(Shape):
    """Whether a session may send files, how large (in megabytes), and how many in a message."""

    enabled: bool
    max_file_size: int | None
    max_files: int | None


class History(Shape):
    """Whether a session may read older threads, and how many."""

    enabled: bool
    recent_threads: int | None


class Configuration(Shape):
    """What the page of a session may do."""

    automatic_thread_titling: FeatureState
    file_upload: FileUpload
    history: History


class Session(Shape):
    """A session."""

    id: str
    object: Literal["chatkit.session"] = "chatkit.session"
    expires_at: int
    client_secret: str
    workflow: Workflow
    user: str
    rate_limits: RateLimits
    max_requests_per_1_minute: int
    status: Literal["active", "expired", "cancelled"]
    chatkit_configuration: Configuration

    @classmethod
    def of(cls, session: StoredSession, client_secret: str = "") -> "Session":
        """A session. Its secret is known while it is made, and never again: then it is empty."""
        rate, chosen = session.requests_per_minute, session.workflow
        return cls(
            id=session.id,
            expires_at=int(session.expires_at.timestamp()),
            client_secret=client_secret,
            workflow=Workflow(
                id=chosen.id,
                version=chosen.version,
                state_variables=chosen.state_variables,
                tracing=FeatureState(enabled=chosen.tracing),
            ),
            user=session.user,
            rate_limits=RateLimits(max_requests_per_1_minute=rate),
            max_requests_per_1_minute=rate,
            status=session.status.value,
            chatkit_configuration=_configuration(session.configuration),
        )


def _configuration(configuration: SessionConfiguration) -> Configuration:
    return Configuration(
        automatic_thread_titling=FeatureState(enabled=configuration.titles),
        file_upload=FileUpload(
            enabled=configuration.uploads,
            max_file_size=configuration.max_file_size,
            max_files=configuration.max_files,
        ),
        history=History(enabled=configuration.history, recent_threads=configuration.recent_threads),
    )


class ActiveStatus(Shape):
    """The thread takes messages. The schema has no reason for that."""

    type: Literal["active"] = "active"


class StoppedStatus(Shape):
    """The thread takes no messages."""

    type: Literal["locked", "closed"]
    reason: str | None


class Thread(ListedObject):
    """A thread."""

    object: Literal["chatkit.thread"] = "chatkit.thread"
    created_at: int
    title: str | None
    status: ActiveStatus | StoppedStatus
    user: str

    @classmethod
    def of(cls, thread: Json) -> "Thread":
        """A thread as the store tells it to a tenant's server."""
        status = thread["status"]
        stopped = status["type"] != "active"
        return cls(
            id=thread["id"],
            created_at=unix_seconds(thread["created_at"]),
            title=thread.get("title"),
            status=StoppedStatus(type=status["type"], reason=status.get("reason"))
            if stopped
            else ActiveStatus(),
            user=thread["user"],
        )


class ThreadDeleted(Shape):
    """A thread is gone."""

    id: str
    object: Literal["chatkit.thread.deleted"] = "chatkit.thread.deleted"
    deleted: bool = True


class ListOf(Shape):
    """A page of a list. The next begins after `last_id`, the one before it ends at `first_id`."""

    object: Literal["list"] = "list"
    first_id: str | None
    last_id: str | None
    has_more: bool


class ThreadList(ListOf):
    """A page of threads."""

    data: list[Thread]


class ItemList(ListOf):
    """A page of items."""

    data: list[Item]


L = TypeVar("L", bound=ListOf)


def page_of(kind: type[L], data: Sequence[ListedObject], *, has_more: bool) -> L:
    """A page of a list."""
    first, last = (data[0].id, data[-1].id) if data else (None, None)
    page = {"data": data, "first_id": first, "last_id": last, "has_more": has_more}
    return kind.model_validate(page)
