"""Write deploy/grafana anew from the files of this folder; part of `make api`."""

import json
from pathlib import Path

import yaml

from checks.dashboards.panels import Dashboard, document

SOURCES = Path(__file__).parent
FOLDER = SOURCES.parents[1] / "deploy/grafana"


def files() -> dict[Path, str]:
    """Every file, and what belongs into it."""
    found = {}
    for source in sorted(SOURCES.glob("*.yml")):
        dashboard = Dashboard.model_validate(yaml.safe_load(source.read_text()))
        text = json.dumps(document(source.stem, dashboard), indent=2, ensure_ascii=False)
        found[FOLDER / f"{source.stem}.json"] = f"{text}\n"
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text)
