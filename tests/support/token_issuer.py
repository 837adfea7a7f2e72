"""An OpenID provider of one key: what a gateway reads of one, and tokens for any user."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

AUDIENCE = "turnstream-tests"
_ALGORITHM = "ES256"


class TokenIssuer:
    """Signs tokens; its keys and its discovery document are read at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._kid = uuid.uuid4().hex

    @property
    def settings(self) -> Mapping[str, str]:
        """What makes a gateway believe this issuer, beside `AUTH`."""
        return {"JWT_ISSUER": self.url, "JWT_AUDIENCE": AUDIENCE, "JWT_TENANT_CLAIM": "tenant"}

    def token(self, user: str, *, lifetime: float = 3600.0, **claims: Any) -> str:
        """A token for a user that lasts so many seconds; `claims` are added or replaced."""
        now = int(time.time())
        told = {"iss": self.url, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + lifetime}
        return jwt.encode(told | claims, self._key, _ALGORITHM, headers={"kid": self._kid})

    def documents(self) -> Mapping[str, Mapping[str, Any]]:
        """What is served, by path."""
        key = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
            },
            "/jwks": {"keys": [key | {"kid": self._kid, "alg": _ALGORITHM, "use": "sig"}]},
        }


@contextmanager
def token_issuer() -> Iterator[TokenIssuer]:
    """An issuer on a port of its own, in threads of this process."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        issuer = TokenIssuer(f"http://127.0.0.1:{server.server_port}")
        server.documents = issuer.documents()  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        yield issuer
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Give the document of a path."""
        document = self.server.documents.get(self.path)  # type: ignore[attr-defined]
        body = json.dumps(document or {}).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
