"""What a turn costs, measured on this machine: `python -m bench`."""
