"""ChatKit's tests from the source archive of the version that is pinned in `uv.lock`."""

import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = "openai-chatkit"


def upstream_tests() -> Path | None:
    """The folder of the tests; None where no registry has the archive. Kept in `build/`."""
    locked = next(
        each
        for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
        if each["name"] == PACKAGE
    )
    digest = locked["sdist"]["hash"]
    kept: Path = ROOT / "build/upstream" / digest.partition(":")[2][:16]
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            found = _unpacked(f"{PACKAGE}=={locked['version']} --hash={digest}", Path(scratch))
            if found is None:
                return None
            kept.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=kept.parent)) / "tests"
            shutil.copytree(found, fresh)
            if not kept.exists():
                fresh.rename(kept)
    return kept


def _unpacked(requirement: str, scratch: Path) -> Path | None:
    """Have uv build the package, which unpacks the archive of this hash into its cache."""
    uv = shutil.which("uv") or str(ROOT / "build/uv/bin/uv")
    wanted = scratch / "requirements.txt"
    wanted.write_text(requirement)
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-binary", PACKAGE, "--target", str(scratch / "built")]
    command += ["--cache-dir", str(scratch / "cache"), "--requirement", str(wanted)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return next((each.parent for each in scratch.rglob("tests/test_store.py")), None)
