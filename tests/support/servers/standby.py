"""A Postgres with a standby that has everything before a commit is acknowledged."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from turnstream_devstack.processes.account import postgres_programs, server_account
from turnstream_devstack.processes.leftovers import remove_scratch, scratch_dir
from turnstream_devstack.servers.postgres import EmbeddedPostgres

from tests.support.waiting import wait_until

STANDBY = "standby"
_TIMEOUT = 60.0


class Standby(EmbeddedPostgres):
    """A copy of a primary that follows it until it is promoted."""

    def __init__(self, data_dir: Path, primary: EmbeddedPostgres) -> None:
        super().__init__(data_dir)
        self._primary = primary

    def prepare(self) -> None:
        """Copy the primary while it runs."""
        if self._files.exists():
            super().prepare()
            return
        account, parts = server_account(), urlsplit(self._primary.url)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / "password").write_text(parts.password or "")
        if account:
            os.chown(self.data_dir, account.uid, account.gid)
        source = (
            f"host=127.0.0.1 port={self._primary.port} user={parts.username}"
            f" password={parts.password} application_name={STANDBY}"
        )
        subprocess.run(
            [
                str(postgres_programs() / "pg_basebackup"),
                "--pgdata=data",
                f"--dbname={source}",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            cwd=self.data_dir,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=True,
            capture_output=True,
            text=True,
        )

    def promote(self) -> None:
        """Make it the primary, which waits for no standby of its own."""
        _execute(self.url, "SELECT pg_promote(wait => true, wait_seconds => 30)")
        _wait_for(self, "")


class Pair:
    """A primary and its standby."""

    def __init__(self, data_dir: Path) -> None:
        self.primary = EmbeddedPostgres(data_dir / "primary")
        self.standby = Standby(data_dir / "standby", self.primary)

    @property
    def url(self) -> str:
        """As `DATABASE_URL`: the one of the two that can be written to."""
        plain = self.primary.url
        here = f"127.0.0.1:{self.primary.port}"
        return plain.replace(here, f"{here},127.0.0.1:{self.standby.port}")

    def start(self) -> None:
        """Start both; from then on each commit waits for the standby."""
        self.primary.start()
        self._follow()

    def _follow(self) -> None:
        self.standby.start()
        _wait_for(self.primary, STANDBY)
        wait_until(self._synchronous, _TIMEOUT, "a synchronous standby")

    def fail_over(self) -> None:
        """Kill the primary, then promote the standby, as a manager of a cluster does."""
        self.primary.kill(hold=True)
        self.standby.promote()

    def restore(self) -> None:
        """Make what was the primary a standby of the one that took over, at its old address."""
        lost = self.primary
        self.primary = self.standby
        self.standby = Standby(lost.data_dir, self.primary)
        self.standby.port = lost.port
        shutil.rmtree(lost.data_dir)
        self._follow()

    def stop(self) -> None:
        """Stop both."""
        for server in (self.primary, self.standby):
            server.kill(hold=True)

    def _synchronous(self) -> bool:
        states = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        return bool(_execute(self.primary.url, states))


def _wait_for(server: EmbeddedPostgres, standby: str) -> None:
    """Have each commit wait for a standby; for none if none is named."""
    _execute(server.url, f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")
    _execute(server.url, "SELECT pg_reload_conf()")


def _execute(url: str, statement: str) -> Any:
    return asyncio.run(_executed(url, statement))


async def _executed(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@contextmanager
def postgres_pair() -> Iterator[Pair]:
    """A primary and a synchronous standby for the length of a block."""
    scratch = scratch_dir()
    pair = Pair(scratch)
    try:
        pair.start()
        yield pair
    finally:
        pair.stop()
        remove_scratch(scratch)
