"""What people type and deploy: the Makefile, the image and the compose file."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings
from turnstream_gateway.settings import GatewaySettings
from turnstream_guide.settings import GuideSettings
from turnstream_store.settings import StoreSettings
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.models import ModelSettings
from turnstream_worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    "gateway": (GatewaySettings,),
    "store": (StoreSettings,),
    "agent-worker": (WorkerSettings, ModelSettings, GuideSettings),
    "tools": (ToolsSettings, GuideSettings),
}
LEFT_OUT = {
    "gateway": {
        "INSTANCE",  # each container has a host name of its own
        "DEMO_RUN_DIR",  # of `make up`
    },
    "store": {
        "INSTANCE",
        "URL_SIGNING_KEY",  # the store signs nothing
        "CREDENTIAL_KEYS",  # nor does it read what it keeps for a worker
        "MIGRATION_DATABASE_URL",  # of the service `migrate` alone
    },
    "agent-worker": {
        "INSTANCE",
        "DOCS_DIR",  # of the package itself
        # What the tools service needs of the guide's.
        "WEATHER",
        "WEATHER_CACHE",
        "WEATHER_GEOCODING_URL",
        "WEATHER_FORECAST_URL",
    },
    "tools": {"INSTANCE", "CREDENTIAL_KEYS", "DOCS_DIR", "DEMO_TOKEN_DELAY", "VECTOR_STORE_ID"},
}
PAGES = {
    "every-service": ("store", "tools", "agent-worker", "gateway"),
    "gateway": ("gateway",),
    "store": ("store",),
    "agent-worker": ("agent-worker",),
    "a-workflow-of-agent-builder": ("agent-worker",),
    "the-model": ("agent-worker",),
    "tools": ("tools",),
    "the-guide": ("agent-worker", "tools"),
}
"""A page of docs/settings -> the services that read what is on it. `make up` is another way."""
OF_MAKE_UP = {"DATA_DIR", "GATEWAYS", "RESTART"}
OURS = ("store", "tools", "agent-worker", "gateway")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, with its anchors resolved."""
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    """Its services."""
    return dict(compose["services"])


def test_make_lists_its_targets() -> None:
    """`make` alone says what there is, one line each, and builds nothing."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in (
        "up",
        "web",
        "browser",
        "test",
        "check",
        "format",
        "api",
        "bench",
        "chaos",
        "containers",
        "load",
        "clean",
    ):
        assert re.search(rf"^  make {target} +\w", listed, re.MULTILINE)


def test_everybody_must_be_known(services: dict[str, Any]) -> None:
    """Unless told so by two names that say what they do, a new deployment lets nobody in."""
    gateway = services["gateway"]["environment"]
    assert gateway["AUTH"] == "${AUTH:-sessions}"
    assert gateway["DEV_AUTH_BEYOND_LOOPBACK"] is None


def test_no_secret_has_a_value_of_ours(compose: dict[str, Any]) -> None:
    """Each is asked for by name, and `deploy/secrets.sh` makes what `.env` does not have."""
    asked = set(re.findall(r"\$\{(\w+):\?([^}]+)\}", (ROOT / "docker-compose.yml").read_text()))
    assert {what for _, what in asked} == {'make one with "sh deploy/secrets.sh >> .env"'}
    made = subprocess.run(
        ["sh", str(ROOT / "deploy/secrets.sh")], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    pairs = dict(line.split("=") for line in made.splitlines())
    assert set(pairs) == {name for name, _ in asked}
    assert len(set(pairs.values())) == len(pairs)
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in pairs.values())


def test_secrets_that_are_there_stay(tmp_path: Path) -> None:
    """An update of a deployment asks for new ones only."""
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=old\nINTERNAL_KEY=\n")
    made = subprocess.run(
        ["sh", str(ROOT / "deploy/secrets.sh")], capture_output=True, text=True, cwd=tmp_path
    ).stdout
    assert "POSTGRES_PASSWORD=" not in made.replace("STORE_POSTGRES_PASSWORD=", "")
    assert "INTERNAL_KEY=" in made


def test_redis_has_the_users_that_are_delivered(compose: dict[str, Any]) -> None:
    """Word for word; each service connects as its own."""
    given = re.sub(r":\?[^}]+", "", compose["configs"]["redis-users"]["content"])
    assert given == (ROOT / "deploy/redis/users.acl").read_text(), "copy it from the file"
    for name in OURS:
        environment = compose["services"][name]["environment"]
        assert environment["REDIS_URL"] == f"redis://{name}@valkey:6379/0"
        # Beside the URL, so that it may hold any character.
        secret = f"REDIS_PASSWORD_{name.upper().replace('-', '_')}"
        assert environment["REDIS_PASSWORD"].startswith(f"${{{secret}:?")


def test_nobody_but_the_store_reaches_postgres(compose: dict[str, Any]) -> None:
    """And nobody but our services Redis; neither has a way out."""
    services, networks = compose["services"], compose["networks"]
    reaching = {name for name, each in services.items() if "database" in each["networks"]}
    assert reaching == {"postgres", "roles", "migrate", "store"}
    assert {name for name, each in services.items() if "redis" in each["networks"]} == {
        "valkey",
        *OURS,
    }
    assert networks == {"redis": {"internal": True}, "database": {"internal": True}}


def test_the_store_owns_no_table(services: dict[str, Any]) -> None:
    """It connects as another user than the migration does, and row-level security must hold."""
    migrate, store = services["migrate"]["environment"], services["store"]["environment"]
    assert "//turnstream@" in migrate["MIGRATION_DATABASE_URL"]
    assert "//turnstream_store@" in store["DATABASE_URL"]
    assert migrate["PGPASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert store["PGPASSWORD"].startswith("${STORE_POSTGRES_PASSWORD:?")
    assert store["ROW_SECURITY"] == "${ROW_SECURITY:-require}"


def test_only_the_gateway_is_published(services: dict[str, Any]) -> None:
    """And it on loopback alone unless told otherwise."""
    assert [name for name, service in services.items() if "ports" in service] == ["gateway"]
    assert services["gateway"]["ports"] == ["${GATEWAY_BIND:-127.0.0.1}:${PORT:-8000}:8000"]


def test_everything_that_stays_is_checked_restarted_and_given_time(
    services: dict[str, Any],
) -> None:
    """What prepares the database is the one exception: it runs once."""
    for name, service in services.items():
        if name in ("roles", "migrate"):
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]
        assert service["stop_grace_period"]


def test_every_log_is_bounded(services: dict[str, Any]) -> None:
    """Docker's own default keeps all of it for ever."""
    for service in services.values():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_our_services_can_do_nothing_to_their_container(services: dict[str, Any]) -> None:
    """The official images of the servers do need to, when they start."""
    for name in (*OURS, "migrate"):
        assert services[name]["read_only"] is True
        assert services[name]["tmpfs"] == ["/tmp"]
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_workers_stop_before_the_tools_that_their_turns_call(services: dict[str, Any]) -> None:
    """Compose stops a service before what it depends on, and the store behind all of them."""
    assert services["agent-worker"]["depends_on"]["tools"] == {"condition": "service_started"}
    for name in ("gateway", "agent-worker", "tools"):
        assert "store" in services[name]["depends_on"]


def test_an_image_is_built_by_one_service_alone(services: dict[str, Any]) -> None:
    """A second build under one name leaves the first image without one."""
    built = [each["image"] for each in services.values() if "build" in each]
    assert sorted(built) == sorted(f"turnstream/{name}" for name in OURS)
    assert services["migrate"]["pull_policy"] == "never"


@pytest.mark.parametrize("name", OURS)
def test_health_checks_are_python_that_compiles(services: dict[str, Any], name: str) -> None:
    """Slim images have no curl; a typing error here looks like a service that is never ready."""
    command, *arguments = services[name]["healthcheck"]["test"]
    assert (command, *arguments[:2]) == ("CMD", "python", "-c")
    ast.parse(arguments[2])
    port = services[name]["environment"].get("PORT") or services[name]["environment"]["HEALTH_PORT"]
    assert f"http://127.0.0.1:{port}/ready" in arguments[2]


def test_the_store_waits_for_the_migration(services: dict[str, Any]) -> None:
    """And the others for the store."""
    waits = services["store"]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    for name in ("tools", "agent-worker", "gateway"):
        assert services[name]["depends_on"]["store"]["condition"] == "service_healthy"


def test_only_the_store_knows_the_database(services: dict[str, Any]) -> None:
    """The migration is the store's program too."""
    knowing = [name for name in services if "DATABASE_URL" in services[name].get("environment", {})]
    assert knowing == ["migrate", "store"]


def test_files_are_shared_and_their_key_is_asked_for(services: dict[str, Any]) -> None:
    """Anyone who touches bytes has the volume; a deployment does not start with a key of ours."""
    for name in ("gateway", "agent-worker", "tools", "store"):
        assert services[name]["volumes"] == ["blobs:/blobs"]
        assert services[name]["environment"]["BLOBS_URL"] == "${BLOBS_URL:-file:/blobs}"
    signing = [name for name in OURS if "URL_SIGNING_KEY" in services[name]["environment"]]
    assert signing == ["tools", "agent-worker", "gateway"]
    assert services["gateway"]["environment"]["URL_SIGNING_KEY"].startswith("${URL_SIGNING_KEY:?")


def test_compose_asks_for_the_key_between_the_services(services: dict[str, Any]) -> None:
    """There is none by default, and nobody but the services has it."""
    having = [name for name in services if "INTERNAL_KEY" in services[name].get("environment", {})]
    assert having == ["store", "tools", "agent-worker", "gateway"]
    assert services["store"]["environment"]["INTERNAL_KEY"].startswith("${INTERNAL_KEY:?")


@pytest.mark.parametrize("name", OURS)
def test_every_setting_can_be_set(services: dict[str, Any], name: str) -> None:
    """A setting that compose does not name would reach nobody."""
    settings = {field.upper() for each in SETTINGS[name] for field in each.model_fields}
    assert settings - set(services[name]["environment"]) == LEFT_OUT[name]


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_of_the_pages_can_be_set(services: dict[str, Any], page: str) -> None:
    """`docs/settings` tells people what they can set, and compose passes it on."""
    text = (ROOT / "docs/settings" / f"{page}.md").read_text()
    listed = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert listed
    for name in PAGES[page]:
        missing = listed - set(services[name]["environment"])
        assert missing <= LEFT_OUT[name]


def test_the_example_of_settings_has_all_that_compose_asks_for() -> None:
    """What it reads from `.env` itself; what else stands there is a setting."""
    example = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    compose = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+)", compose)) <= example
    passed_on = set(re.findall(r"^ +([A-Z_]+):", compose, re.MULTILINE))
    assert example - passed_on - set(re.findall(r"\$\{(\w+)", compose)) == OF_MAKE_UP


def test_workers_can_be_scaled(services: dict[str, Any]) -> None:
    """Neither a fixed name nor a port stands in the way of a second one."""
    assert not {"container_name", "ports", "hostname"} & set(services["agent-worker"])


def test_redis_never_evicts_and_keeps_a_file(services: dict[str, Any]) -> None:
    """The same promises as the embedded server's."""
    command = " ".join(services["valkey"]["command"])
    assert "--appendonly yes --appendfsync everysec" in command
    assert "--maxmemory ${REDIS_MEMORY:-512mb} --maxmemory-policy noeviction" in command


@pytest.mark.parametrize("name", OURS)
def test_every_service_has_an_image(services: dict[str, Any], name: str) -> None:
    """Built from the one Dockerfile, for a package that exists."""
    assert services[name]["build"]["args"] == {"SERVICE": name}
    manifest = (ROOT / "services" / name / "pyproject.toml").read_text()
    assert f'name = "turnstream-{name}"' in manifest
    assert (ROOT / "services" / name / "src" / f"turnstream_{name.removeprefix('agent-')}").is_dir()
    assert f"COPY services/{name}/pyproject.toml" in (ROOT / "Dockerfile").read_text()


def test_the_build_asks_for_no_image_but_those_that_it_needs() -> None:
    """A line `# syntax=` would have another one fetched before anything else."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "syntax=" not in dockerfile
    fetched = re.findall(r"^FROM (\S+[:/]\S+)", dockerfile, re.MULTILINE)
    assert fetched == ["ghcr.io/astral-sh/uv:${UV}", "python:${PYTHON}-slim"]


def test_an_image_has_its_licence_and_says_its_version() -> None:
    """Apache-2.0 asks for a copy; what the context leaves out can't be copied."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in dockerfile
    assert "COPY LICENSE " in dockerfile
    assert "!LICENSE" in (ROOT / ".dockerignore").read_text().splitlines()


def test_what_builds_our_packages_is_locked() -> None:
    """With all that it needs, in the versions of uv.lock: a build in a year gives the same."""
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]
    lock = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    known = {each["name"]: each for each in lock}
    needed, left = set(), ["hatchling"]
    while left:
        name = left.pop()
        needed.add(name)
        left += [
            each["name"]
            for each in known[name].get("dependencies", ())
            if "python_full_version < '3.11'" not in each.get("marker", "")
            and each["name"] not in needed
        ]
    pinned = {f"{name}=={known[name]['version']}" for name in needed}
    assert set(uv["build-constraint-dependencies"]) == pinned


def test_the_image_does_not_run_as_root() -> None:
    """Under a number, which Kubernetes can check."""
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
