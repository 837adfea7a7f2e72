"""A Docker engine for machines that have none, nor an image registry.

A Debian root made by debootstrap carries dockerd, compose and buildx. dockerd runs there in mount,
pid and network namespaces of its own, whose way out is slirp4netns: no bridge, no firewall rule, no
mount and no published port is ever on the machine itself, and one kill ends all of it. All of its
files lie in one folder.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.containers.engine import Engine

SUITE = "trixie"
"""Debian's release whose Python is that of the Dockerfile."""
PROGRAMS = {
    "debootstrap": "debootstrap",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "curl": "curl",
    "git": "git",
}
"""Programs that it needs of this machine, and the Debian packages that have them."""
_PACKAGES = "docker.io docker-cli docker-compose docker-buildx iptables iproute2 tini"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_NAMESERVER = "10.0.2.3"
"""slirp4netns' own, which asks that of the machine."""
_START = 60.0
"""Seconds that dockerd may take."""


class NotPossible(Exception):
    """There can be no engine here. The message says what is missing, and how to get it."""


def what_is_missing() -> str | None:
    """Why this machine can't run one, in one line."""
    packages = sorted({each for name, each in PROGRAMS.items() if shutil.which(name) is None})
    if packages:
        return f"apt-get install {' '.join(packages)}"
    if os.geteuid() != 0:
        return "it must be root: sudo make containers"
    return None


class OwnEngine:
    """An engine in a folder, between `start` and `remove`."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self._cgroup = f"/{work.name}"

    @property
    def base(self) -> Path:
        """A small Debian with Python, from which the stand-ins of base images are made."""
        return self.work / "base"

    def make_root(self) -> None:
        """Fetch Debian's packages. Raises `NotPossible` with the end of the log."""
        base, engine = self.base, self.work / "engine"
        self._log(
            "debootstrap",
            "--variant=minbase",
            "--include=ca-certificates,python3",
            SUITE,
            str(base),
        )
        (base / "usr/bin/python").symlink_to("python3")
        certificates = os.environ.get("SSL_CERT_FILE", _CERTIFICATES)
        shutil.copy(certificates, base / "usr/local/share/machine-ca.pem")
        self._log("cp", "-a", str(base), str(engine))
        shutil.copy("/etc/resolv.conf", engine / "etc/resolv.conf")
        # A clock that is wrong must not fail the mirror's signatures; nothing may start services.
        (engine / "etc/apt/apt.conf.d/99clock").write_text(
            'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n'
        )
        policy = engine / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        install = f"apt-get install -y -qq --no-install-recommends {_PACKAGES}"
        environment = "DEBIAN_FRONTEND=noninteractive"
        self._log(
            "chroot", str(engine), "sh", "-c", f"apt-get update -qq && {environment} {install}"
        )
        (engine / "etc/resolv.conf").write_text(f"nameserver {_NAMESERVER}\n")
        for name in ("engine/work", "engine/data", "engine/old", "data"):
            (self.work / name).mkdir()

    def start(self) -> Engine:
        """Start dockerd. Raises `NotPossible` with the end of its log."""
        inside = [str(Path(__file__).with_name("inside.sh")), str(self.work), self._cgroup]
        namespaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        outer = self._spawn("dockerd", *namespaces, "sh", *inside)
        children = Path(f"/proc/{outer}/task/{outer}/children")
        self._until(lambda: children.read_text().strip() != "", 10.0)
        pid = children.read_text().split()[0]
        self._spawn(
            "slirp4netns", "slirp4netns", "--configure", "--disable-host-loopback", pid, "tap0"
        )
        enter = ["nsenter", "-t", pid, "-m", "-n", "--", "env", "-i", _PATH, "HOME=/root"]
        engine = Engine(
            enter,
            str(self.work / "files"),
            "/work/files",
            f"unix://{self.work}/docker.sock",
            own=True,
        )
        engine.place.mkdir()
        self._until(lambda: _answers(engine), _START)
        return engine

    def beside(self) -> Sequence[str]:
        """What runs a command of this machine in the engine's network: there are its ports."""
        outer = (self.work / "dockerd.pid").read_text()
        pid = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0]
        return ["nsenter", "-t", pid, "-n", "--"]

    def remove(self) -> None:
        """End it and remove everything; also what a run left that was killed."""
        for program in ("slirp4netns", "dockerd"):
            with contextlib.suppress(OSError, ValueError):
                pid = int((self.work / f"{program}.pid").read_text())
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if command.startswith((b"slirp4netns", b"unshare")):
                    os.kill(pid, signal.SIGKILL)
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(pid, 0)
        self._until(self._cgroups_are_gone, 10.0)
        # Mounts are in the namespace that has just ended; a data folder with one would be kept.
        subprocess.run(["rm", "-rf", "--one-file-system", str(self.work)], check=True)

    def _cgroups_are_gone(self) -> bool:
        ours = list(_cgroups(self.work.name))
        for directory in sorted(ours, key=lambda each: len(each.parts), reverse=True):
            with contextlib.suppress(OSError):
                directory.rmdir()
        return not any(each.exists() for each in ours)

    def _spawn(self, name: str, *words: str) -> int:
        with (self.work / f"{name}.log").open("w") as log:
            process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        (self.work / f"{name}.pid").write_text(str(process.pid))
        return process.pid

    def _log(self, *words: str) -> None:
        file = self.work / "root.log"
        with file.open("a") as log:
            ended = subprocess.run(words, stdout=log, stderr=log, check=False)
        if ended.returncode != 0:
            raise NotPossible(f"{words[0]} failed:\n{_end_of(file)}")

    def _until(self, condition: Callable[[], bool], seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                logs = "\n".join(_end_of(each) for each in sorted(self.work.glob("*.log")))
                raise NotPossible(f"the engine of our own did not start or end in time:\n{logs}")
            time.sleep(0.1)


def _answers(engine: Engine) -> bool:
    return not engine.docker("info", "--format", "{{.ServerErrors}}", check=False).count(
        "annot connect"
    )


def _cgroups(name: str) -> Iterator[Path]:
    for directory, _, _ in os.walk("/sys/fs/cgroup"):
        path = Path(directory)
        if name in path.parts:
            yield path


def _end_of(file: Path) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-15:])
