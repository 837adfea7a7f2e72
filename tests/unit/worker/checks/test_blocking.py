"""Calls that hold up a worker's event loop are found, and others are left alone."""

from pathlib import Path

import pytest
from turnstream_worker.checks.blocking import blocking_findings

from tests.unit.worker.checks.reading import lines, sources

BLOCKS = {
    "sleep": ("import time", "time.sleep(1)"),
    "renamed": ("from time import sleep as wait", "wait(1)"),
    "http": ("import requests", "answer = requests.get('http://x')"),
    "process": ("import subprocess as sp", "sp.run(['ls'])"),
    "module client": ("from openai import OpenAI\nclient = OpenAI()", "client.responses.create()"),
    "local client": ("import httpx", "with httpx.Client() as c: c.get('http://x')"),
    "database": ("import sqlite3\ndb = sqlite3.connect('x')", "db.cursor().execute('SELECT 1')"),
    "run": ("from agents import Runner", "Runner.run_sync(None, 'hi')"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_blocking_call_in_an_async_function_is_found(name: str, tmp_path: Path) -> None:
    """By its full name, however it was imported; on the line where it is."""
    head, call = BLOCKS[name]
    app = f"{head}\n\nasync def respond():\n    {call}\n"
    assert lines(blocking_findings(sources(tmp_path, app=app))) == [call]


def test_it_is_found_behind_plain_functions_of_the_app(tmp_path: Path) -> None:
    """In another module, and two calls away; the line is that of the async function."""
    orders = """
        import time

        def slow():
            time.sleep(1)

        def find():
            return slow()
        """
    app = """
        from orders import find
        import orders

        class Shop:
            def prepare(self):
                orders.slow()

            async def respond(self):
                find()
                self.prepare()
        """
    found = blocking_findings(sources(tmp_path, orders=orders, app=app))
    assert lines(found) == ["find()", "self.prepare()"]


def test_a_client_kept_in_the_server_is_found(tmp_path: Path) -> None:
    app = """
        from openai import OpenAI

        class Shop:
            def __init__(self):
                self.client = OpenAI()

            async def respond(self):
                self.client.responses.create()
        """
    assert lines(blocking_findings(sources(tmp_path, app=app))) == [
        "self.client.responses.create()"
    ]


def test_what_does_not_run_on_the_loop_is_left_alone(tmp_path: Path) -> None:
    """Threads, plain functions nobody calls from the loop, async libraries, awaited sleeps."""
    app = """
        import asyncio
        import time
        import httpx
        from openai import AsyncOpenAI

        client = AsyncOpenAI()
        time.sleep(0)

        def tool():
            time.sleep(1)

        async def respond():
            await asyncio.sleep(1)
            await asyncio.to_thread(time.sleep, 1)
            await asyncio.to_thread(tool)
            await asyncio.get_running_loop().run_in_executor(None, lambda: time.sleep(1))
            async with httpx.AsyncClient() as http:
                await http.get("http://x")
            await client.responses.create()
        """
    assert lines(blocking_findings(sources(tmp_path, app=app))) == []
