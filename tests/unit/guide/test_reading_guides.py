"""Guides are taken apart by their headings, the way a reader and a link see them."""

from pathlib import Path

from turnstream_guide.docs_search.guides import Guide, paragraphs, prose, read_guides

ATTACHMENTS = """\
# Attachments

How users send files.

## Two-phase upload

First ask, then [send](wire.md).

```sh
# not a heading
```

### With curl

| a | table |

## Two-phase upload

Again.

## Related guides

[One](one.md) · [another](another.md)
"""


def guide(tmp_path: Path, text: str = ATTACHMENTS) -> Guide:
    (tmp_path / "attachments.md").write_text(text)
    return read_guides(tmp_path)[0]


def test_a_heading_begins_a_section_and_knows_those_above(tmp_path: Path) -> None:
    paths = [section.path for section in guide(tmp_path).sections]

    assert paths == [
        ("Attachments",),
        ("Attachments", "Two-phase upload"),
        ("Attachments", "Two-phase upload", "With curl"),
        ("Attachments", "Two-phase upload"),
    ]


def test_what_looks_like_a_heading_in_code_is_code(tmp_path: Path) -> None:
    assert "# not a heading" in guide(tmp_path).sections[1].text


def test_anchors_are_those_of_the_page(tmp_path: Path) -> None:
    """The second heading of the same words gets a number, as on GitHub."""
    anchors = [section.anchor for section in guide(tmp_path).sections]

    assert anchors == ["attachments", "two-phase-upload", "with-curl", "two-phase-upload-1"]


def test_a_section_that_only_links_elsewhere_is_left_out(tmp_path: Path) -> None:
    assert "Related guides" not in {section.title for section in guide(tmp_path).sections}


def test_translations_are_named_after_their_folder(tmp_path: Path) -> None:
    """The same guide in two languages has one name; the list of guides is no guide."""
    (tmp_path / "zh-TW").mkdir()
    for name, text in {"wire.md": "# The wire", "README.md": "# Guides"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "zh-TW/wire.md").write_text("# 線上格式")

    found = [(each.name, each.locale, each.title) for each in read_guides(tmp_path)]

    assert found == [("wire", "en", "The wire"), ("wire", "zh-TW", "線上格式")]
    assert read_guides(tmp_path)[1].sections[0].file == "zh-TW/wire.md"


def test_a_directory_that_is_not_there_has_no_guides(tmp_path: Path) -> None:
    assert read_guides(tmp_path / "nowhere") == []


def test_prose_is_what_a_person_reads_aloud() -> None:
    text = "**First** ask,\nthen [send](wire.md).\n\n```sh\ncurl\n```\n\n| a | b |\n\nDone."

    assert paragraphs(prose(text)) == ["First ask, then send.", "Done."]
