"""`python -m checks.site` builds the site into `build/site`, strictly: a bad link ends it."""

import logging
import sys
import time
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from checks.site.addresses import address
from checks.site.dead_links import dead_links
from checks.site.links import DOCS, is_public

SITE = Path("build/site")
CONFIGS = ("mkdocs.yml", "mkdocs.zh-TW.yml")
"""English first: its build empties the folder that the other one is put into."""


def main() -> None:
    """Build every language."""
    began = time.monotonic()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    for each in CONFIGS:
        try:
            build(load_config(each))
        except Abort as problem:
            sys.exit(f"{each}: {problem}")
    if absent := missing():
        sys.exit(f"in no mkdocs.yml: {', '.join(absent)}")
    if dead := list(dead_links(SITE)):
        sys.exit("\n".join(["these links lead nowhere:", *dead]))
    print(f"build/site/index.html: built in {time.monotonic() - began:.1f} s")


def missing() -> list[str]:
    """Pages that stand in `docs/` and not on the site."""
    sources = (page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md")))
    return [
        each
        for each in sources
        if is_public(each) and not (SITE / address(each) / "index.html").is_file()
    ]


if __name__ == "__main__":
    main()
