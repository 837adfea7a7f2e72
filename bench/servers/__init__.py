"""What is measured, and the scripted model that both sides ask."""
