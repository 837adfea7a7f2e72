"""`turnstream erase`, `hold` and `audit`: what an operator does for privacy, and what was done."""

import argparse
import asyncio
import shlex
from collections.abc import Mapping
from pathlib import Path

from turnstream.cli.options import add_listing, store_of
from turnstream.cli.parsers import EXAMPLES, Commands
from turnstream.cli.printing import printable, printing, whose
from turnstream.contracts.operating.privacy import Action, AuditEntry, Erasure, ErasureState, Hold
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.errors import LegalHold
from turnstream.store_client import StoreClient

ASK_AGAIN = 0.5
"""Seconds between two looks at an erasure that is under way."""


def add_erase(commands: Commands) -> None:
    """Add `turnstream erase`."""
    erase = commands.add_parser(
        "erase",
        help="delete all that a user has, and prove that nothing is left",
        description="Delete a user's threads, turns, files, facts, emails, ratings and sessions,\n"
        "and what Redis holds of them. What is kept for the accounts (usage, audit) is kept\n"
        "under a random name. Then look everywhere once more, and print what was deleted,\n"
        "what was renamed and what is left. The exit status is 1 while something is left.",
        epilog="""\
what there is, without deleting it; then the erasure:
  turnstream erase --tenant acme --user ann --dry-run
  turnstream erase --tenant acme --user ann
It is a job of the store's: it goes on when this command is stopped, and the same command waits for
it again. Until it is done the user can begin nothing; then the name is a new user's.""",
        formatter_class=EXAMPLES,
    )
    _add_user(erase)
    erase.add_argument("--dry-run", action="store_true", help="only count what there is")
    erase.add_argument("--no-wait", action="store_true", help="begin, and do not wait for the end")
    erase.add_argument("--json", action="store_true", help="the report as JSON")
    erase.set_defaults(run=_erase)


def add_export(commands: Commands) -> None:
    """Add `turnstream export`."""
    export = commands.add_parser(
        "export",
        help="write all that a user has into one zip",
        description="Write a user's conversations, files, facts, emails, ratings and sessions\n"
        "into one zip: JSON lines, the bytes of files, and a manifest with counts and digests.\n"
        "The audit tells of it.",
        epilog="""\
for somebody who asks what is kept of them:
  turnstream export --tenant acme --user ann -o ann.zip
The file is there when it is whole.""",
        formatter_class=EXAMPLES,
    )
    _add_user(export)
    export.add_argument("-o", "--output", required=True, type=Path, help="the zip to write")
    export.set_defaults(run=printing(write_export))


def add_hold(commands: Commands) -> None:
    """Add `turnstream hold`."""
    hold = commands.add_parser(
        "hold",
        help="keep what a user has from retention and erasure, for a legal reason",
        description="Place a legal hold on a user, or on all users of a tenant: no retention\n"
        "deletes what is theirs, and an erasure is refused (`legal_hold`), until it is\n"
        "released.\n"
        "What users delete themselves is deleted.",
        epilog="""\
one user, a whole tenant, the end of a hold, and what is on hold:
  turnstream hold --tenant acme --user ann
  turnstream hold --tenant acme --all-users
  turnstream hold --tenant acme --user ann --release
  turnstream hold --list""",
        formatter_class=EXAMPLES,
    )
    hold.add_argument("--tenant", default=DEFAULT_TENANT, help="default: %(default)s")
    which = hold.add_mutually_exclusive_group(required=True)
    which.add_argument("--user", help="as your login names them")
    which.add_argument("--all-users", action="store_true", help="all users of the tenant")
    which.add_argument("--list", action="store_true", help="what is on hold, of every tenant")
    hold.add_argument("--release", action="store_true", help="end the hold")
    hold.set_defaults(run=printing(hold_lines))


def add_audit(commands: Commands) -> None:
    """Add `turnstream audit`."""
    audit = commands.add_parser(
        "audit",
        help="list what operators and keys did",
        description="List what was done to keys, sessions, tenants, turns, users, holds, webhooks\n"
        "and schedules, and threads that were imported, newest first: time, who, what, whom or\n"
        "what it was about.",
        epilog="""\
who erased or exported somebody this month:
  turnstream audit --since 720h --action user.erased
  turnstream audit --since 720h --action user.exported --json""",
        formatter_class=EXAMPLES,
    )
    audit.add_argument("--action", choices=[*Action], metavar="ACTION", help=", ".join(Action))
    audit.set_defaults(run=printing(audit_lines))
    add_listing(audit)


async def _erase(options: argparse.Namespace) -> int:
    async with store_of(options) as client:
        lines, left = await erase_user(client, options)
    print(*lines, sep="\n")
    return 1 if left else 0


async def erase_user(store: StoreClient, options: argparse.Namespace) -> tuple[list[str], int]:
    """Erase a user: the report, and how much is left."""
    owner = Owner(options.tenant, options.user)
    if options.dry_run:
        found = await store.privacy.preview(owner)
        return [*_counted(found.counts), *_kept(found.pseudonymised)] or ["nothing"], 0
    try:
        erasure = await store.privacy.erase(owner)
    except LegalHold as error:
        raise await _with_releases(store, owner, error) from error
    if options.no_wait:
        return [erasure.id], 0
    erasure = await _until_told(store, owner, erasure)
    report = [erasure.model_dump_json()] if options.json else _report(erasure)
    return report, sum((erasure.left or {}).values())


async def write_export(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """Write a user's archive, under another name until it is whole."""
    target: Path = options.output
    part = target.with_name(f"{target.name}.part")
    size = 0
    try:
        with part.open("wb") as archive:
            part.chmod(0o600)
            async for piece in await store.privacy.export(Owner(options.tenant, options.user)):
                size += archive.write(piece)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return [f"{target}: {size} bytes"]


async def hold_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """Place or release a hold, or list all."""
    if options.list:
        return [_hold(each) for each in await store.privacy.holds()] or ["nothing is on hold"]
    if options.release:
        await store.privacy.release(options.tenant, options.user)
        return ["released"]
    return [_hold(await store.privacy.hold(options.tenant, options.user))]


async def audit_lines(store: StoreClient, options: argparse.Namespace) -> list[str]:
    """What was done."""
    page = await store.privacy.audit(options.limit, options.since, options.action)
    if options.json:
        return [entry.model_dump_json() for entry in page.data]
    return [_entry(entry) for entry in page.data] or ["nothing was done"]


async def _until_told(store: StoreClient, owner: Owner, erasure: Erasure) -> Erasure:
    """The erasure when nothing blocks its user any more: the rest are uploads that may come late.

    The user's workers may run for the length of a lease; longer than that it waits for a part that
    does not answer, which the log of the store names.
    """
    while erasure.state is ErasureState.ERASING:
        await asyncio.sleep(ASK_AGAIN)
        erasure = await store.privacy.erasure(owner)
    return erasure


async def _with_releases(store: StoreClient, owner: Owner, error: LegalHold) -> LegalHold:
    """The refusal of an erasure, with the holds that stand against it and how each is released."""
    standing = [
        f"  turnstream hold --tenant {shlex.quote(hold.tenant)} {_option(hold)} --release"
        for hold in await store.privacy.holds()
        if hold.tenant == owner.tenant and hold.user in (None, owner.user)
    ]
    lines = ["`turnstream hold --list` shows since when. When it may end:", *standing]
    return LegalHold("\n".join([f"{error.detail}. Nothing was deleted.", *map(printable, lines)]))


def _option(hold: Hold) -> str:
    return "--all-users" if hold.user is None else f"--user {shlex.quote(hold.user)}"


def _report(erasure: Erasure) -> list[str]:
    left, renamed = erasure.left or {}, erasure.pseudonymised
    kinds = (erasure.counts.keys() | left.keys()) - renamed.keys()
    deleted = {kind: erasure.counts.get(kind, 0) for kind in kinds}
    lines = [f"{erasure.id}  {erasure.state}", "   deleted      left", *_rows(deleted, left)]
    if renamed:
        lines.append("   renamed      left   (kept for the accounts, under a random name)")
        lines += _rows(renamed, left)
    if erasure.state is ErasureState.ERASED:
        lines.append(
            "Uploads were under way. Their bytes, if they come, are deleted within minutes."
        )
    return lines


def _rows(counts: Mapping[str, int], left: Mapping[str, int]) -> list[str]:
    return [
        f"{count:>10}{left.get(kind, ''):>10}  {kind}" for kind, count in sorted(counts.items())
    ]


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [f"{count:>10}  {kind}" for kind, count in sorted(counts.items())]


def _kept(counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    return ["kept for the accounts, under a random name:", *_counted(counts)]


def _hold(hold: Hold) -> str:
    whom = "all users" if hold.user is None else hold.user
    return printable(f"{hold.placed_at.isoformat(timespec='minutes')}  {hold.tenant}  {whom}")


def _entry(entry: AuditEntry) -> str:
    who = f"{entry.actor_kind} {entry.actor}".strip()
    whom = entry.tenant if entry.user is None else whose(entry.tenant, entry.user)
    columns = [entry.at.isoformat(timespec="seconds"), who, entry.action, whom, entry.target]
    return printable("  ".join(filter(None, columns)))


def _add_user(command: argparse.ArgumentParser) -> None:
    command.add_argument("--tenant", default=DEFAULT_TENANT, help="default: %(default)s")
    command.add_argument("--user", required=True, help="as your login names them")
