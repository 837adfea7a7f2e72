"""The four images: what they have, what they have not, and what they share."""

import json

import pytest

from tests.containers.conftest import ROOT, SEEN
from tests.containers.deployment import OURS
from tests.containers.engine import Engine, Failed

_LAYERS_OF_ONE = 6
"""At most: its packages of others, our packages, /blobs, the licence, and the working directory."""


def layers(engine: Engine, image: str) -> list[str]:
    return list(
        json.loads(engine.docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
    )


def run(engine: Engine, image: str, *words: str) -> str:
    return engine.docker("run", "--rm", "--read-only", "--entrypoint", words[0], image, *words[1:])


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_the_build_is_left(engine: Engine, images: dict[str, str], name: str) -> None:
    """Neither sources, nor uv and its cache, nor what the tests need."""
    left = (
        "find /src /root/.cache -type f; ls -d /usr/local/bin/uv /venv/bin/pytest 2>/dev/null; true"
    )
    assert run(engine, images[name], "sh", "-c", left) == ""


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_compiled_at_a_start(engine: Engine, images: dict[str, str], name: str) -> None:
    """The standard library and all packages have their bytecode, by the time of each file."""
    code = (
        "import importlib.util as u, os, sys, json, asyncio, ssl, urllib.request, fastapi, redis,"
        " turnstream.settings\n"
        "missing = [m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', '')"
        " and m.__file__.endswith('.py') and not os.path.exists(u.cache_from_source(m.__file__))]\n"
        "print(missing, len(sys.modules) > 300)"
    )
    assert run(engine, images[name], "python", "-c", code) == "[] True\n"


def test_all_share_the_layers_of_what_all_need(engine: Engine, images: dict[str, str]) -> None:
    """Python with its bytecode, and packages of others, once on a disk and once in a registry."""
    every = {name: layers(engine, images[name]) for name in OURS}
    common = [each for each in every["store"] if all(each in other for other in every.values())]
    own = {name: len(each) - len(common) for name, each in every.items()}
    assert max(own.values()) <= _LAYERS_OF_ONE
    assert shared_bytes(engine, images) > 0.5 * bytes_of(engine, images["store"])


def test_tools_and_workers_differ_in_our_own_code_alone(
    engine: Engine, images: dict[str, str]
) -> None:
    """Both run an app, so that they need the same packages of others."""
    tools, worker = layers(engine, images["tools"]), layers(engine, images["agent-worker"])
    different = [each for each in tools if each not in worker]
    assert len(different) < _LAYERS_OF_ONE
    of_others = run(engine, images["tools"], "sh", "-c", "ls /venv/lib/python3*/site-packages")
    assert of_others == run(
        engine, images["agent-worker"], "sh", "-c", "ls /venv/lib/python3*/site-packages"
    )


def bytes_of(engine: Engine, image: str) -> int:
    return int(engine.docker("image", "inspect", "--format", "{{.Size}}", image))


def shared_bytes(engine: Engine, images: dict[str, str]) -> int:
    """Of what is below /venv and is common to all."""
    sizes = []
    for name in OURS:
        history = engine.docker(
            "history",
            "--no-trunc",
            "--human=false",
            "--format",
            "{{.Size}}\t{{.CreatedBy}}",
            images[name],
        )
        [size] = [
            int(each.split("\t")[0])
            for each in history.splitlines()
            if "--package turnstream-core" in each
        ]
        sizes.append(size + bytes_of_base(history))
    assert len(set(sizes)) == 1
    return sizes[0]


def bytes_of_base(history: str) -> int:
    """Of everything below the first layer of ours."""
    rows = [each.split("\t") for each in history.splitlines()]
    [first] = [place for place, (_, by) in enumerate(rows) if "--package turnstream-core" in by]
    return sum(int(size) for size, _ in rows[first + 1 :])


def test_together_they_take_less_room_than_three(
    engine: Engine, images: dict[str, str], pytestconfig: pytest.Config
) -> None:
    """On one disk, because of the layers that they share."""
    sizes = {name: bytes_of(engine, images[name]) for name in OURS}
    together = sum(sizes.values()) - 3 * shared_bytes(engine, images)
    seen = pytestconfig.stash.setdefault(SEEN, [])
    seen += [f"turnstream/{name:14} {size / 1e6:4.0f} MB" for name, size in sizes.items()]
    seen.append(f"all four on one disk     {together / 1e6:4.0f} MB at most")
    assert together < sum(sorted(sizes.values())[:3])


@pytest.mark.parametrize("name", OURS)
def test_an_image_says_what_it_is(engine: Engine, images: dict[str, str], name: str) -> None:
    """In the labels of the Open Container Initiative, and with a copy of its licence."""
    said = engine.docker("image", "inspect", "--format", "{{json .Config.Labels}}", images[name])
    labels = json.loads(said)
    assert labels["org.opencontainers.image.title"] == f"turnstream/{name}"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    licence = run(engine, images[name], "cat", "/licenses/turnstream/LICENSE")
    assert licence == (ROOT / "LICENSE").read_text()


def test_a_build_without_a_service_says_which_there_are(engine: Engine, checkout: str) -> None:
    with pytest.raises(Failed, match=r"--build-arg SERVICE=store\|tools\|agent-worker\|gateway"):
        engine.docker("build", "--progress", "plain", ".", inside=checkout)


def test_a_build_leaves_no_image_without_a_name(
    engine: Engine, images: dict[str, str], checkout: str
) -> None:
    """One image is built by one service alone."""
    labelled = "label=org.opencontainers.image.licenses=Apache-2.0"
    listed = ("images", "--quiet", "--filter", "dangling=true", "--filter", labelled)
    before = engine.docker(*listed)
    engine.docker("compose", "--progress", "plain", "build", inside=checkout)
    assert engine.docker(*listed) == before
