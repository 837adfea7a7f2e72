"""The guide's widgets."""
