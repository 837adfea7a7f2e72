"""Clients other than the page: of the hosted API, `curl`, a terminal, and the conformance suite."""
