"""Metrics, spans and traces, as anyone who watches a system collects them."""
