"""How often Python looks for garbage that counting references does not find."""

import gc

_YOUNG, _MIDDLE, _OLD = 10_000, 20, 20
"""Objects made before the young are looked at (Python's own: 700), and how many such rounds make
one of the next."""


def freeze_startup_objects() -> None:
    """Look rarely, and never again at what exists now. Call it once, when all is set up.

    What our requests leave behind is nearly all freed by counting. Yet a gateway with 5,000 open
    answers holds 900,000 objects, and every full round stops all of them for 0.7 s; there were nine
    while they were opened. And a worker that runs thirty turns at a time looked at their objects
    again and again: a seventh of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
