"""How often Python collects the garbage that reference counting does not free."""

import gc

_YOUNG, _MIDDLE, _OLD = 10_000, 20, 20
"""New objects before the youngest generation is collected (Python's default: 700), and the number
of collections of one generation before the next older one is collected."""


def wait_for_startup() -> None:
    """Collect nothing until `freeze_startup_objects`. Call it before anything large is imported.

    What modules and models are made of stays. Looking through it again and again as it grows was a
    fifth of the processor time that the imports of a worker took.
    """
    gc.disable()


def freeze_startup_objects() -> None:
    """Collect rarely, and never what exists now. Call it once, when a process is set up.

    Reference counting frees nearly all that requests leave behind. A gateway with 5,000 open
    responses holds 900,000 objects, and every full collection stops it for 0.7 s; there were nine
    while the responses opened. A worker with thirty turns spent a seventh of its time on it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()
