"""Where the worker stands in for a part of the Agents SDK."""
