"""The probes that need no package but this one."""
