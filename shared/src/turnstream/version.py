"""The version of Turnstream that is installed. All its packages have the same."""

from importlib.metadata import version

VERSION = version("turnstream-core")
