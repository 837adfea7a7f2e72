"""A graph of LangGraph on Turnstream: `ASSISTANT=my_app:create`."""

from my_app.assistant import create

__all__ = ["create"]
