"""The guide's texts in the user's language."""

from pathlib import Path

from turnstream.i18n import Catalogue

CATALOGUE = Catalogue(Path(__file__).parents[1] / "locales")
translator = CATALOGUE.translator
"""The translator of the guide's texts into one of `turnstream.i18n.LOCALES`."""
