"""Sentences and names follow one another as the language wants it."""

import pytest
from turnstream_guide.language.phrasing import listed, quoted, running_text
from turnstream_guide.language.texts import translator


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        ([], ""),
        (["One."], "One."),
        (["One.", "Two."], "One. Two."),
        (["一。", "二。"], "一。二。"),
        (["One.", "二。"], "One.二。"),
    ],
)
def test_only_languages_with_spaces_have_one_between_sentences(
    sentences: list[str], text: str
) -> None:
    assert running_text(sentences) == text


@pytest.mark.parametrize(
    ("locale", "text"), [("en", '"a", "b"'), ("zh-TW", "「a」、「b」"), ("zh-CN", "“a”、“b”")]
)
def test_a_list_has_the_marks_of_its_language(locale: str, text: str) -> None:
    _ = translator(locale)
    assert listed((quoted(each, _) for each in "ab"), _) == text
