"""An issuer whose keys and tokens a test makes as it likes, also in ways that no issuer should."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Json = dict[str, Any]

AUDIENCE = "https://chat.example"
DISCOVERY = "/.well-known/openid-configuration"
JWKS = "/keys"


def make_key(algorithm: str = "ES256") -> Key:
    """A fresh private key."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def encoded(data: bytes) -> str:
    """Base64 as a token has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


def published(key: Key, **also: object) -> Json:
    """The public half as a key set has it."""
    match key.public_key():
        case rsa.RSAPublicKey() as public:
            numbers = public.public_numbers()
            described = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
        case ec.EllipticCurvePublicKey() as public:
            point = public.public_numbers()
            x, y = (encoded(each.to_bytes(32)) for each in (point.x, point.y))
            described = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        case public:
            described = {"kty": "OKP", "crv": "Ed25519", "x": encoded(public.public_bytes_raw())}
    return {**described, **also}


def public_pem(key: Key) -> bytes:
    """The public half as text: what everybody may know."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def signed(header: Json, claims: Json, sign: Callable[[bytes], bytes]) -> str:
    """A token with exactly these parts."""
    parts = ".".join(encoded(json.dumps(each).encode()) for each in (header, claims))
    return f"{parts}.{encoded(sign(parts.encode()))}"


def by(key: Key) -> Callable[[bytes], bytes]:
    """Signs as a key of this kind does."""

    def sign(text: bytes) -> bytes:
        match key:
            case rsa.RSAPrivateKey():
                return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePrivateKey():
                pair = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
                return b"".join(each.to_bytes(32) for each in pair)
            case _:
                return key.sign(text)

    return sign


def by_secret(secret: bytes) -> Callable[[bytes], bytes]:
    """Signs as HS256 does."""
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def algorithm_of(key: Key) -> str:
    """The name of a key's signatures."""
    match key:
        case rsa.RSAPrivateKey():
            return "RS256"
        case ec.EllipticCurvePrivateKey():
            return "ES256"
        case _:
            return "EdDSA"


class PlayedIssuer:
    """An issuer on loopback. Its answers can be replaced by path."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.keys: dict[str, Key] = {"first": make_key()}
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        """Path -> status, headers and body, in place of the usual one."""
        self.hold = threading.Event()
        self.hold.set()
        """Cleared, answers wait."""

    @property
    def settings(self) -> dict[str, str]:
        """What makes a gateway with `AUTH=jwt` believe this issuer."""
        return {"JWT_ISSUER": self.url, "JWT_AUDIENCE": AUDIENCE, "JWT_TENANT_CLAIM": "tenant"}

    def token_of(self, user: str, tenant: str = "default", **changes: Any) -> str:
        """A user's token that lasts an hour."""
        return self.token(sub=user, tenant=tenant, **{"exp": int(time.time()) + 3600, **changes})

    def token(self, *, kid: str = "first", header: Json | None = None, **changes: object) -> str:
        """A good token, but for the changes; a claim that is None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "alice",
            "iat": now,
            "exp": now + 300,
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.keys[kid]
        head = {"typ": "JWT", "alg": algorithm_of(key), "kid": kid, **(header or {})}
        return signed({k: v for k, v in head.items() if v is not None}, claims, by(key))

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """What the issuer publishes."""
        self.asked.append(path)
        self.hold.wait(10)
        if path in self.answers:
            return self.answers[path]
        documents: dict[str, Json] = {
            DISCOVERY: {"issuer": self.url, "jwks_uri": self.url + JWKS},
            JWKS: {"keys": [published(key, kid=kid) for kid, key in self.keys.items()]},
        }
        found = documents.get(path)
        return (404, {}, b"") if found is None else (200, {}, json.dumps(found).encode())


@contextmanager
def played_issuer() -> Iterator[PlayedIssuer]:
    """An issuer that runs in a thread of this process."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = issuer.answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                issuer.asked.append("gave up")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = PlayedIssuer(server.server_port)
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield issuer
        finally:
            issuer.hold.set()
            server.shutdown()
            serving.join()
