"""How many files and connections this process may have open."""

import contextlib
import resource


def allow_most() -> int:
    """Use all that the process that started this one allows it (`ulimit -Hn`); how many that is.

    A shell and a service manager often begin with 1,024, which is for programs that keep no
    connections: a gateway has one for each open stream.
    """
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != most:
        with contextlib.suppress(ValueError, OSError):  # no system opens as many as it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
