"""The images that tools of this worker make, for `GeneratedImageItem`s."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache

from turnstream.files.made_images import MadeImages
from turnstream.settings import Settings
from turnstream.store_client import StoreClient

_keeper: ContextVar[Callable[[], MadeImages]] = ContextVar("made_images")


def keep_images_with(client: StoreClient, settings: Settings) -> None:
    """Keep images by this client from now on, in every turn that begins afterwards."""
    _keeper.set(cache(lambda: MadeImages(client.files, settings)))


def made_images() -> MadeImages:
    """Where images are kept. Raises `Unsupported` where no files are kept."""
    return _keeper.get()()
