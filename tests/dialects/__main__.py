"""`python -m tests.dialects`: speak every dialect with a worker, and say which do not hold.

Exit code 1 if a dialect does not do what its entry says: one that fails, or one that holds although
it is marked as red.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.dialects import page
from tests.dialects.chosen import CHOSEN
from tests.dialects.composition import drawn
from tests.dialects.examination import Mark, Report, entries, examine_alone
from tests.support.model_server.request import ModelApi

APIS: dict[str, tuple[ModelApi, ...]] = {
    "chat": ("chat_completions",),
    "responses": ("responses",),
    "both": ("chat_completions", "responses"),
}


def main() -> int:
    options = _options()
    if options.page:
        page.write()
        return 0
    chosen = _chosen(options)
    if not chosen:
        print("No dialect has such a name.")
        return 2
    began = time.monotonic()
    reports = list(_examined(chosen, options.processes))
    _print_table(reports, time.monotonic() - began)
    return int(any(report.mark in (Mark.FAULTY, Mark.STALE) for report in reports))


def _chosen(options: argparse.Namespace) -> list[tuple[ModelApi, str]]:
    apis = APIS[options.api]
    if options.compose:
        print(f"--seed {options.seed}")
        return list(drawn(apis, options.compose, options.seed))
    return [
        (api, dialect.name)
        for api, dialect in entries(apis)
        if all(word in f"{api} {dialect.name}" for word in options.only)
        and (not options.short or dialect.name in CHOSEN[api])
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.dialects", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="words of the name")
    parser.add_argument("--api", choices=APIS, default="both")
    parser.add_argument("--short", action="store_true", help="the thirty of `make test`")
    parser.add_argument(
        "--compose", type=int, default=0, metavar="N", help="N servers of several dialects at once"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), metavar="S")
    parser.add_argument("--page", action="store_true", help="write docs/model-servers.md anew")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N")
    return parser.parse_args()


def _examined(chosen: Sequence[tuple[ModelApi, str]], processes: int) -> Iterator[Report]:
    with ProcessPoolExecutor(processes) as pool:
        running = [pool.submit(examine_alone, api, name) for api, name in chosen]
        for number, each in enumerate(as_completed(running), start=1):
            report = each.result()
            print(f"{number:3}/{len(running)} {report.mark:14} {report.api} {report.name}")
            for fault in report.faults:
                print(f"        {fault}")
            sys.stdout.flush()
            yield report


def _print_table(reports: Sequence[Report], seconds: float) -> None:
    print()
    for api in sorted({report.api for report in reports}):
        mine = [report for report in reports if report.api == api]
        counts = ", ".join(
            f"{sum(report.mark is mark for report in mine)} {mark}"
            for mark in Mark
            if any(report.mark is mark for report in mine)
        )
        print(f"{api}: {len(mine)} dialects, 4 runs each: {counts}")
        for report in sorted(mine, key=lambda each: each.name):
            if report.mark is not Mark.HOLDS:
                print(f"  {report.name}: {report.mark} {report.red}")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
