"""The body that begins a session, with the bounds and defaults of the hosted API."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from turnstream.contracts.identity import (
    CreateSession,
    SessionConfiguration,
    SessionWorkflow,
    StateVariables,
)
from turnstream.contracts.owner import USER_LIMIT, checked_user

from turnstream_gateway.admission.incoming import WHOLE_BITS

AtLeastOne = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
"""A count. Its upper end is that of a whole number in every database and language."""
Flag = Annotated[bool, Field(strict=True)]


def _whole_numbers_fit(variables: StateVariables) -> StateVariables:
    """Raises `ValueError` for a number that not every part reads alike."""
    for value in variables.values():
        if isinstance(value, int) and value.bit_length() > WHOLE_BITS:
            raise ValueError(f"a whole number has {WHOLE_BITS} bits at most")
    return variables


class _Body(BaseModel):
    """Base of what a server sends. What is not known is refused: it may be a limit misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Switch(_Body):
    """Something that is on unless it is turned off."""

    enabled: Flag = True


class WorkflowBody(_Body):
    """The assistant, and what it is told."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    version: Annotated[str, Field(max_length=200)] | None = None
    state_variables: Annotated[StateVariables, AfterValidator(_whole_numbers_fit)] | None = None
    tracing: Switch | None = None


class ExpiresAfter(_Body):
    """How long the secret lasts."""

    anchor: Literal["created_at"]
    seconds: Annotated[int, Field(ge=1, le=600, strict=True)]


class RateLimitsBody(_Body):
    """How often a session may ask."""

    max_requests_per_1_minute: AtLeastOne | None = None


class FileUploadBody(_Body):
    """Whether files may be sent; off unless it is turned on."""

    enabled: Flag | None = None
    max_file_size: Annotated[int, Field(ge=1, le=512, strict=True)] | None = None
    """Megabytes."""
    max_files: AtLeastOne | None = None


class HistoryBody(_Body):
    """Whether older threads may be read."""

    enabled: Flag | None = None
    recent_threads: AtLeastOne | None = None


class ConfigurationBody(_Body):
    """What the page may do."""

    automatic_thread_titling: Switch | None = None
    file_upload: FileUploadBody | None = None
    history: HistoryBody | None = None

    @property
    def settings(self) -> SessionConfiguration:
        """What was given, with the defaults of the hosted API for the rest."""
        titling, upload, history = self.automatic_thread_titling, self.file_upload, self.history
        given = {
            "titles": titling.enabled if titling else None,
            "uploads": upload.enabled if upload else None,
            "max_file_size": upload.max_file_size if upload else None,
            "max_files": upload.max_files if upload else None,
            "history": history.enabled if history else None,
            "recent_threads": history.recent_threads if history else None,
        }
        return SessionConfiguration.model_validate(_without_none(given))


class SessionBody(_Body):
    """The body of `POST /v1/chatkit/sessions`."""

    workflow: WorkflowBody
    user: Annotated[str, Field(min_length=1, max_length=USER_LIMIT), AfterValidator(checked_user)]
    expires_after: ExpiresAfter | None = None
    rate_limits: RateLimitsBody | None = None
    chatkit_configuration: ConfigurationBody | None = None

    def command(self, session_id: str, digest: str, key_id: str | None) -> CreateSession:
        """The command that begins this session for anyone who holds the secret of this digest."""
        wanted, expiry, rates = self.workflow, self.expires_after, self.rate_limits
        workflow = SessionWorkflow(
            id=wanted.id,
            version=wanted.version,
            state_variables=wanted.state_variables,
            tracing=wanted.tracing.enabled if wanted.tracing else True,
        )
        configuration = self.chatkit_configuration or ConfigurationBody()
        given = {
            "expires_after": expiry.seconds if expiry else None,
            "requests_per_minute": rates.max_requests_per_1_minute if rates else None,
        }
        return CreateSession.model_validate(
            {
                "id": session_id,
                "digest": digest,
                "user": self.user,
                "workflow": workflow,
                "configuration": configuration.settings,
                "key_id": key_id,
                **_without_none(given),
            }
        )


def _without_none(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}
