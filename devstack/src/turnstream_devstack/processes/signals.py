"""Signals to processes that may be gone by the time they are sent."""

import signal
from collections.abc import Iterable
from datetime import timedelta

import psutil

from turnstream_devstack.processes.waiting import wait_until


def family(pid: int) -> list[psutil.Process]:
    """A process and everything below it."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(processes: Iterable[psutil.Process], sent: signal.Signals) -> None:
    """Signal those that are still there."""
    for process in processes:
        try:
            process.send_signal(sent)
        except psutil.NoSuchProcess:
            continue


def wait_gone(processes: Iterable[psutil.Process], within: timedelta) -> bool:
    """Whether all of them ended in time.

    One that ended but was not yet waited for by its parent counts as ended: an orphan's new parent
    may take a second over it.
    """
    return wait_until(lambda: not any(map(_runs, processes)), within)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
