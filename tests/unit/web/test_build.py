"""What the gateway serves of web/ is what is in web/."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
BUILT = ROOT / "services/gateway/src/turnstream_gateway/ui/static"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (WEB / "node_modules").is_dir(),
    reason="needs Node and `npm ci` in web/: what is committed is served as it is",
)


def test_the_built_files_are_those_that_the_source_gives(tmp_path: Path) -> None:
    """Anyone who changes web/ runs `make web`: the same source gives the same bytes everywhere."""
    subprocess.run(["node", "build/build.js", str(tmp_path)], cwd=WEB, check=True)

    assert _files(tmp_path) == _files(BUILT), "run `make web`"


def test_the_clients_own_tests_pass() -> None:
    """The reducer, the stream and the composer's draft are tested without a browser."""
    ended = subprocess.run(["npm", "test", "--silent"], cwd=WEB, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout


def _files(folder: Path) -> dict[str, bytes]:
    found = (each for each in folder.rglob("*") if each.is_file())
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}
