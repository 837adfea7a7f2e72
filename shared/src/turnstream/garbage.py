"""How often Python looks for garbage that counting references does not find."""

import gc

_YOUNG, _MIDDLE, _OLD = 10_000, 50, 50
"""Objects made before the young are looked at (Python's own: 700), and how many such rounds make
one of the next."""


def settle() -> None:
    """Look rarely, and never again at what exists now. Call it once, when all is set up.

    A gateway with 5,000 open answers holds 900,000 objects, and every full round stops all of them
    for 0.7 s; there were nine while they were opened. What our requests leave behind is nearly all
    freed by counting.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
