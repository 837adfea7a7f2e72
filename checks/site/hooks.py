"""What MkDocs calls while it builds the site in one language."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from checks.site import chinese_search, links
from checks.site.addresses import CHINESE, address, chinese_of, english_of, is_chinese

NAMES = {"en": "English", CHINESE: "繁體中文"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let the canonical address of a translation be its own."""
    if config.site_url and _is_in_chinese(config):
        config.site_url += f"{CHINESE}/"
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Give translations the addresses of the pages that they translate."""
    for file in files.documentation_pages():
        if is_chinese(file.src_uri):
            below = address(file.src_uri).removeprefix(f"{CHINESE}/")
            file.dest_uri = f"{below}index.html"
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mend the links that lead out of this build."""

    def held(path: str) -> bool:
        file = files.get_file_from_path(path)
        return file is not None and file.inclusion.value > InclusionLevel.DRAFT.value

    repository = config.extra.get("repository") or ""
    return links.translated(markdown, page.file.src_uri, held, repository)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Put the real addresses of the other build in place."""
    return links.at_home(output, page.file.src_uri)


def on_page_context(
    context: MutableMapping[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> None:
    """Let the choice of language lead to the same page, or to the home page where it has none."""
    english = english_of(page.file.src_uri)
    config.extra["languages"] = [
        {"name": name, "lang": language, "link": links.ELSEWHERE + _address_in(language, english)}
        for language, name in NAMES.items()
    ]


@event_priority(-100)  # the search has written its index by then
def on_post_build(config: MkDocsConfig) -> None:
    """Let the search find Chinese words."""
    if _is_in_chinese(config):
        chinese_search.segment(Path(config.site_dir))


def _is_in_chinese(config: MkDocsConfig) -> bool:
    return bool(config.theme["language"] == CHINESE)


def _address_in(language: str, english: str) -> str:
    wanted = chinese_of(english) if language == CHINESE else english
    home = chinese_of("index.md") if language == CHINESE else "index.md"
    return address(wanted if (links.DOCS / wanted).is_file() else home)
