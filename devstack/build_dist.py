"""Build every wheel of the project into `dist/`, or into a directory that is named. Run by make,
with nothing but Python, like `build_environment.py`, which knows where uv is to be had.

Only wheels: all is pure Python, and a source archive of one package could not have the files that
lie beside it in the repository, such as the guides.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from build_environment import ROOT, private_uv, uv_on_path


def main() -> None:
    """Build them; the exit status is that of uv."""
    dist = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)  # a wheel of an earlier version must not be published
    command = [uv_on_path() or private_uv(), "build", "--all-packages", "--wheel"]
    if not sys.stderr.isatty():
        command.append("--quiet")
    ended = subprocess.run([*command, "--out-dir", str(dist)], check=False, cwd=ROOT)
    for wheel in sorted(dist.glob("*.whl")):
        print(f"dist: {wheel.name}")
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
