"""One trace for each turn, through every service that has a part in it.

`names` has the attributes, `context` carries a trace from one process to the next, `attempts` makes
the spans of attempts, `requests` those of HTTP requests, and `export`, which alone imports
OpenTelemetry's SDK, sends them.
"""
