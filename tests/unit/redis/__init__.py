"""Whose Redis it is, who may do what there, and what is believed of it."""
