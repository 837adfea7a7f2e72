"""Metrics, spans and traces, as whoever watches a system collects them."""
