"""`python -m tests.load.pictures http://127.0.0.1:9090`: the dashboards as pictures.

Asks a Prometheus for what each panel shows over the last minutes, and draws the panels in a browser
of this machine, in the places that the dashboard's own JSON gives them. It is no Grafana: units,
legends and colours are about its own. `observed --pictures` makes those of the documentation.
"""

import argparse
import io
import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.load.dashboards import FOLDER
from tests.support.browsers import arguments, chromium
from tests.support.watching.prometheus import ask

HERE = Path(__file__).parent
UPLOT = HERE.parents[1] / "web/node_modules/uplot/dist"
"""What Grafana draws its lines with, too. `make web` installs it."""
STEP = 5
"""Seconds between two points."""
RATE = "30s"
"""What is put in for `$__rate_interval`: some scrapes, at `STEP` seconds each."""
COLOURS = 64
"""Enough for lines; a picture loads with the page that shows it."""

Json = dict[str, Any]


class Mark(NamedTuple):
    """A moment at which something was done to the system."""

    at: float
    letter: str


def draw(prometheus: str, seconds: float, folder: Path, marks: Sequence[Mark] = ()) -> list[Path]:
    """Write a picture of each dashboard, over the seconds until now."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        made = draw_with(browser, prometheus, seconds, folder, marks)
        browser.close()
    return made


def draw_with(
    browser: Browser, prometheus: str, seconds: float, folder: Path, marks: Sequence[Mark] = ()
) -> list[Path]:
    """The same in a browser that runs already."""
    end = math.floor(time.time())
    times = list(range(end - math.floor(seconds), end + 1, STEP))
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path in sorted(FOLDER.glob("*.json")):
        shown = _dashboard(prometheus, json.loads(path.read_text()), times)
        shown["marks"] = [{"at": at - times[0], "letter": letter} for at, letter in marks]
        page = browser.new_page(viewport={"width": 1400, "height": 400})
        picture = _picture(page, shown)
        page.close()
        made.append(folder / f"dashboard-{path.stem}.png")
        Image.open(io.BytesIO(picture)).quantize(COLOURS).save(made[-1], optimize=True)
    return made


def _picture(page: Page, shown: Json) -> bytes:
    page.set_content((HERE / "dashboard.html").read_text())
    page.add_style_tag(path=UPLOT / "uPlot.min.css")
    page.add_script_tag(path=UPLOT / "uPlot.iife.min.js")
    page.evaluate("shown => draw(shown)", shown)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return page.screenshot(full_page=True)


def _dashboard(prometheus: str, dashboard: Json, times: Sequence[int]) -> Json:
    variables = [each["name"] for each in dashboard["templating"]["list"]]
    panels = []
    for panel in dashboard["panels"]:
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        steps = defaults.get("thresholds", {}).get("steps", [])
        series = []
        for target in panel.get("targets", ()):
            expr = target["expr"].replace("$__rate_interval", RATE)
            for name in variables:
                expr = expr.replace(f"${name}", ".*")
            series += _series(prometheus, expr, target["legendFormat"], times)
        panels.append(
            {
                "kind": panel["type"],
                "title": panel["title"],
                "place": panel["gridPos"],
                "unit": defaults.get("unit"),
                "limit": steps[-1]["value"] if steps else None,
                "series": series,
            }
        )
    told = {key: dashboard[key] for key in ("title", "description")}
    return told | {"times": [at - times[0] for at in times], "panels": panels}


def _series(prometheus: str, expr: str, legend: str, times: Sequence[int]) -> list[Json]:
    """What a query gives over time: a value, or None, for each moment."""
    found = ask(prometheus, "query_range", query=expr, start=times[0], end=times[-1], step=STEP)
    drawn = []
    for each in found["result"]:
        known = {round(at): float(value) for at, value in each["values"]}
        values = [known.get(at) for at in times]
        finite = [value if value is not None and math.isfinite(value) else None for value in values]
        if any(value is not None for value in finite):
            drawn.append({"name": _name(legend, each["metric"]), "values": finite})
    return drawn


def _name(legend: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend).strip()


def main() -> None:
    """Draw what a Prometheus knows of the last minutes."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.pictures", description=__doc__)
    parser.add_argument("prometheus", help="its address, as http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=10, help="how many (%(default)s)")
    parser.add_argument("--to", type=Path, default=Path("build/dashboards"), help="%(default)s")
    options = parser.parse_args()
    for path in draw(options.prometheus.rstrip("/"), 60 * options.minutes, options.to):
        print(path)


if __name__ == "__main__":
    main()
