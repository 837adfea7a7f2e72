"""Makes this process's monotonic clock stand still while the process is frozen, as a VM's may.

Anyone who measures a lease with it does not see that the lease has passed.
"""

import time

GAP = 1.2
"""Seconds without a look at the clock that count as frozen: our workers look several a second."""

_monotonic = time.monotonic
_latest = _monotonic()
_missed = 0.0


def _standing() -> float:
    global _latest, _missed
    moment = _monotonic()
    if moment - _latest > GAP:
        _missed += moment - _latest
    _latest = moment
    return moment - _missed


time.monotonic = _standing
