"""What a process imports before it serves: seconds of every start, of every worker."""

import subprocess
import sys

import pytest

UNNEEDED = {
    "turnstream_worker.app": (
        *("sqlalchemy", "asyncpg", "alembic", "numpy", "grpc", "litellm", "websockets"),
        *("agents.voice", "agents.realtime", "agents.extensions.models.litellm_model"),
        *("genai_prices", "opentelemetry.exporter", "turnstream_guide", "turnstream_store"),
    ),
    "turnstream_store.app": (
        "alembic",
        "agents",
        "openai",
        "chatkit",
        "mcp",
        "opentelemetry.exporter",
    ),
    "turnstream_gateway.app": ("agents", "openai", "mcp", "sqlalchemy", "opentelemetry.exporter"),
    "turnstream_tools.app": ("agents", "openai", "chatkit", "mcp", "sqlalchemy"),
}
"""What each does without until it is used, if ever."""


@pytest.mark.parametrize("module", UNNEEDED)
def test_a_service_imports_nothing_that_its_start_does_not_need(module: str) -> None:
    """A package of that name, or anything in it."""
    program = f"import sys, {module}; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    imported = said.stdout.split()
    found = {
        name
        for name in UNNEEDED[module]
        if any(each == name or each.startswith(f"{name}.") for each in imported)
    }
    assert found == set()


@pytest.mark.parametrize("service", ["worker", "store", "gateway", "tools"])
def test_no_garbage_is_looked_for_while_a_service_imports(service: str) -> None:
    """What modules are made of stays; looking through it takes a seventh of a worker's start."""
    program = (
        "import gc, sys, turnstream.process.serve\n"
        "def end(*_, **__): print(gc.isenabled()); sys.exit()\n"
        "turnstream.process.serve.read_settings = end\n"
        f"from turnstream_{service}.__main__ import main\n"
        "main()"
    )
    said = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"
