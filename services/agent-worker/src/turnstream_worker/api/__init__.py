"""Everything that an app may import of the worker."""
