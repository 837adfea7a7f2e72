"""Links to files in the documents that a user gets: each is made anew, so that it works now."""

from collections.abc import Callable

from turnstream.contracts.owner import Owner
from turnstream.files.links import Links, refers_to_files

Renew = Callable[[bytes], bytes]
"""Puts working links in place of the references in a document."""


def renewal(links: Links | None, owner: Owner, base_url: str) -> Renew:
    """What renews the links in a user's documents; without `links` it changes nothing."""
    if links is None:
        return bytes

    def renew(document: bytes) -> bytes:
        return links.renew(document, owner, base_url) if refers_to_files(document) else document

    return renew
