"""The secrets of endpoints, sealed under `WEBHOOK_KEYS`: see docs/decisions/056."""

from turnstream.errors import Unprocessable
from turnstream.secrets.sealing import Sealer

from turnstream_store.settings import StoreSettings

_PURPOSE = "webhooks"


def sealer_of(settings: StoreSettings) -> Sealer:
    """The part that seals and opens secrets. Raises `Unprocessable` where no key is set."""
    if settings.webhook_keys is None:
        raise Unprocessable("Webhooks are off: set WEBHOOK_KEYS of the store.")
    return Sealer(settings.webhook_keys, _PURPOSE)
