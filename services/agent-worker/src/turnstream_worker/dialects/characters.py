"""Halves of a character: a surrogate alone, as an escape in JSON allows it.

A character beyond 16 bits is two escapes, and a server that cuts text between them sends one half
in each of two deltas. No object of the client takes half a character.
"""

from collections.abc import Hashable

from turnstream.contracts.text import SplitCharacters


class Characters:
    """Joins halves over the documents of one stream. A half without the other is replaced."""

    def __init__(self) -> None:
        self._split = SplitCharacters()

    def whole(self, value: object, path: tuple[Hashable, ...] = ()) -> object:
        """The same document, in whole characters. `path` is where it stands in another one."""
        if isinstance(value, str):
            return self._split.join(path, value)
        if isinstance(value, list):
            return [self.whole(each, (*path, index)) for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {key: self.whole(each, (*path, key)) for key, each in value.items()}
        return value
