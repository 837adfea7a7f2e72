"""What people say to the demo model: the sentences that ask for each tool, by the tool's name.

A real model reads a tool's description instead. A tool that is not in this table is found by its
name; see `keyless_model/sentences.py`.
"""

from collections.abc import Mapping

from turnstream_guide.phrases.demonstrations import DEMONSTRATIONS
from turnstream_guide.phrases.phrase import Phrase, Sentences
from turnstream_guide.phrases.tools import TOOLS

PHRASES: Mapping[str, Sentences] = {**TOOLS, **DEMONSTRATIONS}

__all__ = ["PHRASES", "Phrase", "Sentences"]
