"""Settings: their names, their bounds, and what becomes of a bad one."""
