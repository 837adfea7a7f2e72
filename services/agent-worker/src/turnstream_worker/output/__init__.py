"""From the events of an assistant to the event log of its turn."""
