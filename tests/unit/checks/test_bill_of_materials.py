"""Which licences may be passed on, and that the chat page names all that is built into it."""

import json

import pytest

from checks.bill_of_materials import NOTICES, ROOT, Component, Licence, built_in, complaints

NOT_IN_THE_PAGE = {
    "@lit-labs/ssr-dom-shim",  # for servers
    "@types/trusted-types",  # types alone
    "commander",  # of KaTeX's command line
}


def said(licence: Licence | None) -> list[str]:
    part: Component = {"name": "part", "licenses": [licence] if licence else []}
    return list(complaints(part))


@pytest.mark.parametrize(
    "licence",
    [
        {"license": {"id": "MIT"}},
        {"license": {"name": "License :: OSI Approved :: BSD License"}},
        {"expression": "MPL-2.0 AND (Apache-2.0 OR MIT)"},
        {"expression": "GPL-3.0-only OR MIT"},
    ],
)
def test_a_free_licence_is_fine(licence: Licence) -> None:
    """Of several of which one will do, one is enough."""
    assert said(licence) == []


@pytest.mark.parametrize(
    ("licence", "complaint"),
    [
        ({"license": {"id": "AGPL-3.0-only"}}, "AGPL-3.0-only is not in ALLOWED"),
        ({"expression": "MIT AND GPL-2.0-only"}, "GPL-2.0-only is not in ALLOWED"),
        ({"license": {"name": "License :: Other/Proprietary License"}}, "is not in ALLOWED"),
        ({"license": {"name": "declared license of 'part'"}}, "no licence that is known"),
        (None, "no licence that is known"),
    ],
)
def test_any_other_stops_the_build(licence: Licence | None, complaint: str) -> None:
    """Also where there is none, or one that only a person can read."""
    [line] = said(licence)
    assert line.startswith("part: ")
    assert complaint in line


def test_everything_in_the_chat_page_has_a_notice() -> None:
    """And a licence that may be passed on."""
    locked = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    needed = {
        path.partition("node_modules/")[2]
        for path, package in locked.items()
        if path and not package.get("dev")
    }
    parts = list(built_in())
    assert needed - {each["name"] for each in parts} == NOT_IN_THE_PAGE
    assert [line for each in parts for line in complaints(each)] == []
    assert all(f"{each['name']} {each['version']}\n" in NOTICES.read_text() for each in parts)
