"""The built files of web/, as they are served: their bytes, packed, under one version."""

import base64
import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_VERSION_LENGTH = 16
"""Hex digits of a version: enough that two builds never share one."""
_SMALLEST_PACKED = 512
"""Bytes below which packing saves nothing."""
_OF_PAGES = ("index.html", "demo", "gallery")
"""How the names of files begin that only our own pages use."""
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".txt": "text/plain"}


@dataclass(frozen=True)
class Asset:
    """One file."""

    content: bytes
    packed: bytes | None
    """The same by gzip, where that is smaller."""
    media_type: str
    etag: str
    integrity: str
    """What a page puts into `integrity=` of its script tag."""


@dataclass(frozen=True)
class Assets:
    """All files of one build. They name each other relatively, so they share a version."""

    version: str
    files: Mapping[str, Asset]

    def page(self, name: str, ui: str, **values: str) -> bytes:
        """An HTML file with the addresses and hashes of this build in it, and these values."""
        text = self.files[name].content.decode().replace("{{ui}}", f"{ui}/{self.version}")
        for each, value in values.items():
            text = text.replace(f"{{{{{each}}}}}", value)
        for each, asset in self.files.items():
            text = text.replace(f"{{{{sri:{each}}}}}", asset.integrity)
        return text.encode()


@cache
def built_assets() -> Assets:
    """The files that came with this package; read once."""
    found = dict(sorted(_walk(files("turnstream_gateway.ui") / "static")))
    digest = hashlib.sha256()
    for name, content in found.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Assets(
        digest.hexdigest()[:_VERSION_LENGTH],
        {name: _asset(name, content) for name, content in found.items()},
    )


@cache
def element_assets() -> Assets:
    """The same without the demo page and the gallery, and what only they load."""
    built = built_assets()
    kept = {name: each for name, each in built.files.items() if not name.startswith(_OF_PAGES)}
    return Assets(built.version, kept)


def _walk(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    names: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.is_dir():
            names += _walk(each, f"{prefix}{each.name}/")
        else:
            names.append((f"{prefix}{each.name}", each.read_bytes()))
    return names


def _asset(name: str, content: bytes) -> Asset:
    packed = gzip.compress(content, 9, mtime=0) if len(content) >= _SMALLEST_PACKED else content
    ending = name[name.rfind(".") :]
    kind = _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    sha = hashlib.sha384(content).digest()
    return Asset(
        content=content,
        packed=packed if len(packed) < len(content) else None,
        media_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        etag=f'"{sha.hex()[:32]}"',
        integrity=f"sha384-{base64.b64encode(sha).decode()}",
    )
