"""Deployments as they should be: nothing open, everything encrypted, each with its own rights."""
