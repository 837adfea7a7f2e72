"""The oracle of streams: which events may follow which, and the thread that they make."""

from turnstream.conformance.grammar.transcript import ItemStatus, Transcript

__all__ = ["ItemStatus", "Transcript"]
