"""The commands that ask the store of a deployment: what its operator looks at and does."""
