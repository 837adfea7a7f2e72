"""The command `turnstream`: its help, and which deployment it means."""
