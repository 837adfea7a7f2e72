"""The guides are searched, cited and copied from: what they name must be there."""

import json
import re
from pathlib import Path

import pytest
from opentelemetry import environment_variables
from opentelemetry.sdk import environment_variables as sdk_variables
from turnstream.tracing import names

from checks.site.addresses import chinese_of

ROOT = Path(__file__).parents[3]
GUIDES = ROOT / "docs/guides"
INDEX = GUIDES / "README.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "examples/web/README.md",
]
GUIDE_PAGES = sorted(GUIDES.rglob("*.md"))
EXAMPLES = [
    *(ROOT / "examples/web").glob("*/index.html"),
    *(ROOT / "examples/web/react/src").glob("*.jsx"),
    *(ROOT / "examples/web/nextjs/app").rglob("*.js"),
]
SHORT = 12
"""Lines of an example that may stand in a guide alone."""
ENGLISH = sorted(set(GUIDES.glob("*.md")) - {INDEX})
TRANSLATED = [
    each.parent / each.name.replace(".zh-TW.md", ".md")
    for each in sorted((ROOT / "docs").glob("*.zh-TW.md"))
]
"""Pages beside the guides that have a translation, too."""

NOT_SETTINGS = {
    "GET",
    "POST",
    "PUT",
    "OPTIONS",
    "SIGTERM",
    "PYTHONPATH",
    "GATEWAY_BIND",
    "CHATKIT_API_BASE",
    "PING",
    "LOCALES",
    "REASON_LIMIT",
    "RESERVED_ACTIONS",
    "REDIS_PASSWORD_AGENT_WORKER",
    "REDIS_PASSWORD_GATEWAY",
    "REDIS_PASSWORD_STORE",
    "REDIS_PASSWORD_TOOLS",
    "SSL_CERT_FILE",
    "CONFORMANCE_BEARER",
    "MUST",
    "SPAN_AND_EVENT",
    "SPAN_ONLY",
    "SHOULD",
}
"""Words in capitals that are not settings of ours."""
OF_OPENTELEMETRY = {
    *vars(environment_variables),
    *vars(sdk_variables),
    names.OPT_IN,
    names.CAPTURE,
}
"""Variables that its libraries read, or that its conventions name."""
NOT_IN_THE_DOCUMENT = {"GET /metrics", "GET /mcp"}
"""Routes for operators, which the gateway's document leaves out; the second is a worker's."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """The page without its code blocks."""
    text = page.read_text()
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def headings(page: Path) -> list[tuple[int, str]]:
    """Level and text of each heading, in order."""
    found = re.findall(r"^(#+) (.+)$", prose(page), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def anchors(page: Path) -> set[str]:
    """The fragments under which GitHub shows the headings."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(page)}


def languages_of_examples(page: Path) -> list[str]:
    return re.findall(r"^ *```(\w+)", page.read_text(), re.MULTILINE)


def names_in_prose(page: Path) -> set[str]:
    """Everything that stands in backticks: it is not translated."""
    return set(re.findall(r"`([^`\n]+)`", prose(page)))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    for picture in re.findall(r'\bsrc(?:set)?="(?!https?:)([^"]+)"', prose(page)):
        assert (page.parent / picture).exists(), f"it shows {picture}"
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", prose(page)):
        file, _, fragment = target.partition("#")
        place = page.parent / file if file else page
        assert place.exists(), f"it links to {target}"
        if fragment:
            assert fragment in anchors(place), f"{file or 'it'} has no heading #{fragment}"


@pytest.mark.parametrize("page", GUIDE_PAGES, ids=name)
def test_every_setting_that_a_guide_names_is_one(page: Path) -> None:
    pages = [ROOT / "docs/settings.md", *(ROOT / "docs/settings").glob("*.md")]
    settings = "".join(each.read_text() for each in pages)
    known = set(re.findall(r"`([A-Z][A-Z0-9_]+)(?:=[^`]*)?`", settings))
    text = page.read_text()
    quoted = re.findall(r"`([A-Z][A-Z0-9_]{2,})(?:=[^`]*)?`", text)
    given = re.findall(r"^ *\$ (?:export )?((?:[A-Z][A-Z0-9_]+=\S* )+)", text, re.MULTILINE)
    used = [word.partition("=")[0] for words in given for word in words.split()]
    assert {*quoted, *used} - known <= NOT_SETTINGS | OF_OPENTELEMETRY


@pytest.mark.parametrize("page", GUIDE_PAGES, ids=name)
def test_every_route_that_a_guide_names_is_there(page: Path) -> None:
    document = json.loads((ROOT / "docs/api/gateway.openapi.json").read_text())
    known = {
        f"{method.upper()} {_unnamed(path)}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    named = re.findall(r"`((?:GET|POST|PUT|DELETE|PATCH) /[^`?\s]*)", page.read_text())
    assert {_unnamed(route) for route in named} <= known | NOT_IN_THE_DOCUMENT


@pytest.mark.parametrize("page", [*ENGLISH, *TRANSLATED], ids=name)
def test_the_translation_of_a_page_has_its_headings_examples_and_names(page: Path) -> None:
    source = page.relative_to(ROOT / "docs").as_posix()
    chinese = ROOT / "docs" / chinese_of(source)
    assert [level for level, _ in headings(chinese)] == [level for level, _ in headings(page)]
    assert languages_of_examples(chinese) == languages_of_examples(page)
    assert names_in_prose(chinese) == names_in_prose(page)


@pytest.mark.parametrize("language", [".", "zh-TW"])
def test_the_app_of_two_assistants_is_quoted_as_it_is_tested(language: str) -> None:
    code = (ROOT / "tests/e2e/apps/desk.py").read_text()
    guide = (GUIDES / language / "several-assistants.md").read_text()
    assert f"```python\n{code}```" in guide


@pytest.mark.parametrize("language", [".", "zh-TW"])
@pytest.mark.parametrize("page", ["chat-element.md", "chatkit-js.md"])
def test_the_pages_in_a_guide_are_those_that_are_tested(language: str, page: str) -> None:
    """Every example but a line or two is a file that a browser test runs."""
    text = (GUIDES / language / page).read_text()
    blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    long = {each for each in blocks if len(each.splitlines()) > SHORT}
    assert long
    assert long <= {each.read_text() for each in EXAMPLES}


def test_the_index_lists_every_guide() -> None:
    linked = set(re.findall(r"\]\(([^).]+\.md)\)", INDEX.read_text()))
    assert linked == {str(page.relative_to(GUIDES)) for page in GUIDE_PAGES} - {INDEX.name}


def _unnamed(route: str) -> str:
    """The route without the names of its parameters, which differ between prose and code."""
    return re.sub(r"{[^}]*}", "{}", route)
