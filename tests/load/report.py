"""The report: numbers for a reader, no assertion about speed."""

from collections import Counter
from collections.abc import Sequence

from tests.load.viewers import Watched


def print_report(watched: Sequence[Watched], left: Sequence[str]) -> bool:
    """Print what happened; True when every turn ended well and nothing was left behind."""
    failed = Counter(each.error for each in watched if each.error)
    good = [each for each in watched if not each.error]
    print()
    print(f"{'turns':<28}{len(watched):>8}   ended well {len(good)}, failed {failed.total()}")
    _row("accepted (answer opened)", [each.opened for each in good])
    _row("first text", [each.first_delta for each in good])
    _row("between two texts", [gap for each in good for gap in each.gaps])
    _row("whole turn", [each.ended for each in good])
    for error, count in failed.most_common(5):
        print(f"  failed {count} times: {error}")
    print("left behind: " + ("nothing" if not left else ""))
    for line in left:
        print(f"  {line}")
    print(flush=True)
    return not failed and not left


def _row(name: str, seconds: Sequence[float]) -> None:
    if not seconds:
        return
    ordered = sorted(seconds)
    cells = "".join(
        f"   p{percent} {ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]:7.3f} s"
        for percent in (50, 95, 99)
    )
    print(f"{name:<28}{len(seconds):>8}{cells}")
