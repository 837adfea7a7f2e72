"""A sentence that asks for a tool, and all sentences of one tool."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from turnstream.contracts.turns import Json

SAID = "{said}"
"""A default that stands for the whole sentence."""


@dataclass(frozen=True)
class Phrase:
    """A plain sentence that asks for a tool."""

    pattern: str
    """A regular expression, searched without regard to case. Named groups are arguments."""
    arguments: Json = field(default_factory=dict)
    """Arguments that the sentence implies."""


class Sentences:
    """The phrases of one tool, and `hint`, an example sentence that users are shown.

    `about` has words that other sentences for it may have, for the ranking by meaning; those before
    the first comma count most. `defaults` are the arguments of a sentence that says none.
    """

    def __init__(
        self, hint: str, *phrases: Phrase, about: str = "", defaults: Json | None = None
    ) -> None:
        self.hint = hint
        self.phrases = phrases
        self.about = about
        self.defaults = defaults or {}

    @cached_property
    def arguments(self) -> frozenset[str]:
        """Arguments that a phrase may give. A tool without them is a different one."""
        groups = (re.compile(each.pattern).groupindex for each in self.phrases)
        implied = (each.arguments for each in self.phrases)
        return frozenset().union(*groups, *implied)
