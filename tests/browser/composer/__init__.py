"""Where one writes: text, files, speech, and replies to a part of an answer."""
