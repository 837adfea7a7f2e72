"""Following event logs for viewers."""
