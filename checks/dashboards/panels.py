"""What a dashboard is made of, and the JSON that Grafana (10 or newer) makes of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

WIDTH = 24
"""Columns of Grafana's grid."""
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_EIGHT = (8, 8)

Json = dict[str, object]
Text = Annotated[str, Field(min_length=1)]


class _Element(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(_Element):
    """A query of a panel, and what its series are called."""

    expr: Text
    legend: str = ""


class Panel(_Element):
    """A panel: a question, and the queries that answer it."""

    title: Text
    description: Text
    unit: Text
    kind: Literal["timeseries", "stat"] = "timeseries"
    size: tuple[int, int] = _EIGHT
    """Columns and rows of the grid."""
    limit: float | None = None
    """From where on a value is drawn in red."""
    queries: list[Query]


class Row(_Element):
    """Panels below a heading."""

    title: Text
    panels: list[Panel]


class Variable(_Element):
    """A choice of label values, all of them unless somebody chooses."""

    label: Text
    values: Text
    """The query that lists them."""


class Dashboard(_Element):
    """A dashboard, as a file of this folder has it."""

    title: Text
    description: Text
    variables: dict[str, Variable] = {}
    rows: list[Row]


def document(name: str, dashboard: Dashboard) -> Json:
    """A dashboard as Grafana loads it. Its name is part of its address, so it stays."""
    panels: list[Json] = []
    y = 0
    for row in dashboard.rows:
        panels.append(_heading(row.title, len(panels) + 1, y))
        y, x, tallest = y + 1, 0, 0
        for panel in row.panels:
            width, height = panel.size
            if x + width > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            panels.append(_panel(panel, len(panels) + 1, x, y))
            x, tallest = x + width, max(tallest, height)
        y += tallest
    variables = [_variable(key, each) for key, each in dashboard.variables.items()]
    return {
        "uid": f"turnstream-{name}",
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["turnstream"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source_variable(), *variables]},
        "panels": panels,
    }


def _variable(name: str, known: Variable) -> Json:
    return {
        "name": name,
        "label": known.label,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": known.values, "refId": name},
        "definition": known.values,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
    }


def _heading(title: str, number: int, y: int) -> Json:
    position = {"x": 0, "y": y, "w": WIDTH, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "gridPos": position,
        "collapsed": False,
        "panels": [],
    }


def _panel(panel: Panel, number: int, x: int, y: int) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.size[0], "h": panel.size[1]},
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": _options(panel.kind),
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                "range": panel.kind != "stat",
                "instant": panel.kind == "stat",
            }
            for index, query in enumerate(panel.queries)
        ],
    }


def _options(kind: str) -> Json:
    if kind == "stat":
        reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {"reduceOptions": reduced, "colorMode": "value", "graphMode": "area"}
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
