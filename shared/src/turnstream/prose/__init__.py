"""A turn as text, for people who read it in a terminal."""

from turnstream.prose.events import Kind, Piece, Prose

__all__ = ["Kind", "Piece", "Prose"]
