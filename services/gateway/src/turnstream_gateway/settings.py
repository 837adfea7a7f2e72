"""Settings of a gateway."""

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import Field, field_validator, model_validator
from turnstream.contracts.rates import RateText
from turnstream.contracts.turns import BusyPolicy
from turnstream.files.blobs import ENDINGS
from turnstream.settings import Count, Duration, NonNegativeCount, PositiveDuration, Words
from turnstream.workflows import Workflows

from turnstream_gateway.identity_settings import IdentitySettings

_CREDENTIAL = re.compile(
    r"authorization|cookie|token|secret|password|(^|-)(api-?)?key$", re.IGNORECASE
)
"""Names of headers that hold what nobody else may have."""


class OnDisconnect(StrEnum):
    """What a lost connection of a plain client means."""

    GRACE = "grace"
    """A Stop, unless the user is back within the grace period."""
    CANCEL = "cancel"
    """A Stop, at once."""
    CONTINUE = "continue"
    """Nothing: the turn goes on."""


class GatewaySettings(IdentitySettings):
    """Who may come in, how much they may send, and what a lost connection means."""

    workflows: Workflows = Field(default_factory=dict)
    """The workflows that sessions may name, with their assistants, as the workers load them. Unset,
    any workflow is taken, and the one assistant answers for it. Any other gets 404."""
    max_body: Count = 256 * 1024
    """Bytes of a request body, but for dictation and files."""
    max_audio: Count = 2 * 1024 * 1024
    """Bytes of a body that holds dictation: a minute of speech, recorded at 128 kbit/s and written
    as base64, takes 1.3 MB."""
    max_message: Count = 32_000
    """Characters of a message: its parts, its tags and what it quotes. About 8,000 tokens of
    English; longer texts are files."""
    max_attachment: Count = 20 * 1024 * 1024
    """Bytes of one attachment."""
    max_attachments: NonNegativeCount = 10
    """Attachments of one message. `0`: none; a message with one is refused."""
    max_pixels: Count = 50_000_000
    """Width times height of an image. Larger ones are refused."""
    attachment_types: Words = (
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
        "text/markdown",
        "text/csv",
        "application/json",
    )
    """Types of attachments that are accepted. Leave some out to refuse them; no others can be
    added."""
    link_lifetime: PositiveDuration = timedelta(hours=1)
    """How long a link to a file works, at most; at least half of it. Anyone who has the link can
    read the file that long."""
    public_url: str | None = None
    """This deployment's address as browsers know it, for links. Unset, it is the address of the
    request, whose `Host` header `ALLOWED_HOSTS` can check."""
    allowed_hosts: Words = ()
    """Names under which this gateway answers, without ports; `*.example.com` is all below one. The
    host of `PUBLIC_URL` is one as well. Unset, any name is taken, but with `AUTH=dev` on loopback
    only those of loopback. `*` takes any there, too. Others get 421."""
    trusted_proxies: Words = ("127.0.0.1", "::1")
    """Addresses and networks (`10.0.0.0/8`) of the proxies in front, or `*`. Theirs are the only
    `X-Forwarded-Proto`, `-For`, `-Host` and `-Prefix` headers that count."""
    heartbeat: PositiveDuration = timedelta(seconds=15)
    """A comment is sent after this much silence, so that no proxy closes the connection during a
    long tool call."""
    keep_alive: PositiveDuration = timedelta(seconds=5)
    """How long an answered connection waits for its next request: behind a proxy longer than that
    keeps one, or it may answer 502."""
    on_disconnect: OnDisconnect = OnDisconnect.GRACE
    """What a lost connection of a plain client means: `grace` stops the turn, unless the user is
    back within `DISCONNECT_GRACE`; `cancel` stops it at once; `continue` lets it go on."""
    when_busy: BusyPolicy = BusyPolicy.ENQUEUE
    """What becomes of a second message in a busy thread: `enqueue` it, `reject` it with 409, or
    `interrupt` the running answer. A request can choose with the `Turnstream-When-Busy` header."""
    server_call_timeout: PositiveDuration = timedelta(seconds=30)
    """How long a short call (sync action, dictation, feedback, attachment) may take."""
    rate_turns: RateText = "60/1m"
    """Turns that a user may begin in a time: `60/1m` is 60 in a minute, all at once or one by one;
    they grow back evenly. `off` counts nothing. More are refused with 429 and `Retry-After`. All
    gateways count together."""
    rate_uploads: RateText = "60/1m"
    """Files that a user may announce or send, likewise."""
    rate_calls: RateText = "120/1m"
    """Short calls of a user, which an assistant answers outside of a turn, likewise: sync actions,
    dictation, feedback, mentions."""
    rate_reads: RateText = "600/1m"
    """All else that a user asks: threads, items, streams of turns that run. Stops of turns have
    this rate for themselves."""
    rate_tenant: RateText = "off"
    """What all users of a tenant may ask together, in units: a turn takes 10, an upload 5, a short
    call 3, a read 1."""
    rate_failed_logins: RateText = "60/1m"
    """Requests without usable credentials that an address may send; of IPv6, a /64. Good
    credentials always come in."""
    max_streams_per_user: Count = 20
    """Streams that a user may have open at a gateway. More are refused with 429, before anything is
    written."""
    max_metadata: Count = 16 * 1024
    """Characters of the metadata of a request: its names, texts and numbers."""
    max_queue_age: Duration = timedelta(seconds=60)
    """A new turn that would wait longer than this for a worker is refused with 503 and a true
    `Retry-After`, before anything is written. Reads, streams and Stops go on. `0` refuses none."""
    context_headers: Words = ()
    """Request headers that an assistant may see. With `CREDENTIAL_KEYS` they are sealed until a
    worker has them, and gone when the turn ends."""
    cors_origins: Words = ()
    """Origins whose pages may call this gateway from a browser. Unset, only pages of the same
    origin may."""
    trust_traceparent: bool = False
    """Whether the flag of a caller's `traceparent` decides that a request is traced. By default it
    can only leave a trace out."""
    console: bool = True
    """Whether `/console` is the operators' page, which takes keys of the scope `operator`."""
    trace_url: str | None = Field(default=None, pattern=r"^https?://[^\s{}]*\{trace_id\}[^\s{}]*$")
    """Where the console links to: `https://traces.example.com/trace/{trace_id}`."""
    demo_page: bool = False
    """Whether `/` is a chat page for trying things out. `make up` turns it on. Pages of yours load
    the chat element from `/ui/turnstream-chat.js`, whatever this says."""
    demo_run_dir: Path | None = None
    """Where `make up` keeps its pid files, so that its demo page can kill a worker and show that
    the answer goes on. It sets this itself; unset, no page can."""
    shutdown_grace: Duration = timedelta(seconds=25)
    """How long open answers may go on after SIGTERM."""

    @property
    def is_public(self) -> bool:
        """True: browsers ask it."""
        return True

    @property
    def trusts_callers(self) -> bool:
        """True where `TRUST_TRACEPARENT` says so."""
        return self.trust_traceparent

    @model_validator(mode="after")
    def _sealed(self) -> "GatewaySettings":
        named = [name for name in self.context_headers if _CREDENTIAL.search(name)]
        if named and self.credential_keys is None:
            raise ValueError(
                f"CONTEXT_HEADERS={','.join(named)} passes on credentials, which are kept with"
                " the turn: set CREDENTIAL_KEYS, so that they are sealed"
            )
        return self

    @field_validator("attachment_types")
    @classmethod
    def _known_types(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(types) - ENDINGS.keys():
            raise ValueError(f"ATTACHMENT_TYPES: {', '.join(sorted(unknown))} can't be checked")
        return types
