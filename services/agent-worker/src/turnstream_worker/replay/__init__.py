"""The seams of durability: models and tools of an app are wrapped here, so that what happened once
is recorded and played back.
"""
