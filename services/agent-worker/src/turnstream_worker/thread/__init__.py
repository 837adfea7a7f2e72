"""The thread as the assistant sees it, and what it writes there."""
