"""`checks.messages` brings the gettext catalogues up to date with the code.

What the code says newly appears without a translation, what it no longer says is dropped. A test
holds that no catalogue has a hole.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from turnstream import i18n
from turnstream_guide.language import texts

ROOT = Path(__file__).parents[1]
SOURCES: Mapping[Path, Sequence[str]] = {
    i18n.CATALOGUE.directory: ("shared/src", "services"),
    texts.CATALOGUE.directory: ("guide/src",),
}
"""Each directory of catalogues, and where the code is whose texts it has."""
_CHANGING = tuple(
    f'"{name}:'
    for name in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid-Bugs-To",
        "Generated-By",
    )
)
"""Headers that say nothing about the texts."""
KEYWORDS = {"_": None, "N_": None, "translate": None, "_translate": None}
"""Names of functions whose first argument is a text: `turn.translate("…")` is one too."""


def main() -> None:
    """Write every catalogue anew and say what is missing."""
    for path in files():
        catalogue = read(path)
        catalogue.update(extracted(path), no_fuzzy_matching=True)
        path.write_text(as_text(catalogue))
        name = path.relative_to(ROOT)
        print(f"{name}: {len(missing(catalogue))} of {len(catalogue)} texts to translate")


def files() -> list[Path]:
    """Every catalogue of the project."""
    return sorted(path for directory in SOURCES for path in directory.glob("*.po"))


def extracted(path: Path) -> Catalog:
    """Every text that the code of a catalogue marks for translation."""
    template = Catalog()
    for source in SOURCES[path.parent]:
        for _, _, message, comments, context in extract_from_dir(
            ROOT / source, keywords=KEYWORDS, comment_tags=()
        ):
            template.add(message, auto_comments=comments, context=context)
    return template


def read(path: Path) -> Catalog:
    """A catalogue from its file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def as_text(catalogue: Catalog) -> str:
    """A catalogue as its file holds it: without dates, so that equal texts are equal files."""
    file = BytesIO()
    write_po(file, catalogue, width=100, no_location=True, ignore_obsolete=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_CHANGING))


def missing(catalogue: Catalog) -> list[str]:
    """The texts of a catalogue that have no translation."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


if __name__ == "__main__":
    main()
