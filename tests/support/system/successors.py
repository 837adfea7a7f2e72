"""Whether a process of a stack has been replaced by another one."""

from turnstream_devstack.processes.child import Child


def is_replaced(child: Child, pid: int) -> bool:
    """Whether a part is ready again in another process than this one."""
    try:
        return child.pid != pid and child.is_ready()
    except ProcessLookupError:  # it has ended, and is not started again yet
        return False
