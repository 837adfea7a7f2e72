"""What a measurement gives: rows of figures, some with an aim beside them."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Aim:
    """What a row's ratio should be; its own figure where nothing stands beside it."""

    sign: Literal["≤", "≥"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether a value is on the right side."""
        return value <= self.limit if self.sign == "≤" else value >= self.limit


def at_most(limit: float) -> Aim:
    """The less the better."""
    return Aim("≤", limit)


def at_least(limit: float) -> Aim:
    """The more the better."""
    return Aim("≥", limit)


@dataclass(frozen=True)
class Row:
    """One figure of ours, and what it is held against, if anything."""

    name: str
    ours: float
    unit: str = ""
    """`ms` for figures in seconds, `KB` for figures in bytes; others are shown as they are."""
    other: float | None = None
    aim: Aim | None = None

    @property
    def ratio(self) -> float | None:
        """Ours ÷ the other."""
        return self.ours / self.other if self.other else None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.aim is None:
            return None
        return self.aim.met(self.ours if self.ratio is None else self.ratio)


@dataclass(frozen=True)
class Section:
    """One measurement: what it was, its rows, and what a reader has to know about them."""

    title: str
    columns: tuple[str, str]
    """What stands beside ours, and ours."""
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    """More figures, for the JSON only."""

    def as_json(self) -> dict[str, Any]:
        """Everything, ratios and limits too."""
        rows = [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in self.rows]
        return asdict(self) | {"rows": rows}
