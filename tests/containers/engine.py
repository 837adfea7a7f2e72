"""A Docker engine that the tests here use: how to give it commands, and what it sees of us."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

VARIABLE = "TURNSTREAM_TEST_ENGINE"
"""The environment variable by which `python -m tests.containers` tells the tests of the engine."""
_IN_A_FOLDER = ("sh", "-c", 'cd "$0" && exec env "$@"')
_LONGEST = 900.0
"""Seconds that a command may take: images are built from nothing."""


class Failed(AssertionError):
    """A command failed. The message has what it said."""


@dataclass(frozen=True)
class Engine:
    """An engine. `make containers` writes it into `VARIABLE` for the tests that it starts."""

    command: Sequence[str]
    """What stands before the words of a command of `docker`."""
    folder: str
    """A folder of files for it, as this process sees it."""
    there: str
    """The same folder, as the engine's command sees it."""
    host: str
    """`DOCKER_HOST` for programs of this process; empty for the usual one."""
    own: bool
    """Whether it was made for these tests: then its base images are stand-ins."""

    @classmethod
    def given(cls) -> Self | None:
        """The one that the environment names."""
        said = os.environ.get(VARIABLE)
        return cls(**json.loads(said)) if said else None

    def as_variable(self) -> str:
        """For `VARIABLE`."""
        return json.dumps(asdict(self))

    def docker(
        self,
        *words: str,
        inside: str = "",
        env: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> str:
        """What a command prints, given in a folder below `folder`. Raises `Failed`."""
        told = [f"{name}={value}" for name, value in (env or {}).items()]
        ended = subprocess.run(
            [*self.command, *_IN_A_FOLDER, str(Path(self.there, inside)), *told, "docker", *words],
            capture_output=True,
            text=True,
            timeout=_LONGEST,
        )
        said = ended.stdout + ended.stderr
        if check and ended.returncode != 0:
            raise Failed(f"docker {' '.join(words)}:\n{said[-4000:]}")
        return ended.stdout if check else said

    @property
    def place(self) -> Path:
        """`folder`, as a path."""
        return Path(self.folder)


def clean_environment(**more: str) -> list[str]:
    """The words that run a command with no setting of the caller, which compose would pass on."""
    kept = ("HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY")
    given = {name: os.environ[name] for name in kept if name in os.environ}
    path = os.environ.get("PATH", os.defpath)
    words = [f"{name}={value}" for name, value in ({"PATH": path} | given | more).items()]
    return ["env", "-i", *words]
