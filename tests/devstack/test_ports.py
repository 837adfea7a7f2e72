"""Ports for servers that start a moment later."""

import subprocess
import sys

from turnstream_devstack.processes import ports

OTHERS = """
from turnstream_devstack.processes import ports
ports._PORTS = range({first}, {first} + 8)
print(*(ports.free_port() for _ in range(3)), flush=True)
input()
"""


def test_no_two_processes_are_given_one_port() -> None:
    """Though nobody listens there yet. What a process had is free when it has ended."""
    first = ports.free_port()
    program = OTHERS.format(first=first + 1)
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        given = [process.stdout.readline().split() for process in begun if process.stdout]
        assert len({*given[0], *given[1]}) == 6
    finally:
        for process in begun:
            process.communicate("\n")
    again = subprocess.run(
        [sys.executable, "-c", program], input="\n", capture_output=True, text=True, check=True
    )
    assert len(again.stdout.split()) == 3
