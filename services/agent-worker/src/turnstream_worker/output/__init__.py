"""From the assistant's events to the event log."""
