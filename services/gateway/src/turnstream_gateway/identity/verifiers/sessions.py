"""`AUTH=sessions`: the client secret of a session, as hosted ChatKit gives one to a page."""

from turnstream.contracts.identity import Principal, Session, SessionStatus
from turnstream.errors import SessionCancelled, SessionExpired, Unauthorized
from turnstream.secrets.issued import SESSION_PREFIX, well_formed

from turnstream_gateway.identity.credentials import Credentials
from turnstream_gateway.identity.secret_cache import Description, SecretCache


class SessionVerifier:
    """Knows client secrets."""

    def __init__(self, sessions: SecretCache[Session]) -> None:
        self._sessions = sessions

    async def verify(self, credentials: Credentials) -> Principal | None:
        """Part of `Verifier`. Raises `SessionExpired`, `SessionCancelled` and `Unavailable`."""
        secret = credentials.token
        if secret is None or not secret.startswith(SESSION_PREFIX):
            return None
        if not well_formed(secret, SESSION_PREFIX):
            raise Unauthorized("The client secret is mistyped or cut off.")
        session = await self._sessions.get(secret)
        if session is None:
            raise Unauthorized("No session has this client secret.")
        if session.status is SessionStatus.CANCELLED:
            raise SessionCancelled
        if session.status is SessionStatus.EXPIRED:
            raise SessionExpired
        return session.principal


def describe(session: Session) -> Description:
    """What a gateway must know to remember a session for a while."""
    variables = session.workflow.state_variables or {}
    return Description(
        ids=session.principal.credential_ids,
        lasts=session.expires_in if session.status is SessionStatus.ACTIVE else None,
        size=sum(len(value) for value in variables.values() if isinstance(value, str)),
    )
