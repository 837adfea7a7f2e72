"""The guides are found in three languages, whatever a query is made of."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream_guide.docs_search import DocsIndex
from turnstream_guide.docs_search.excerpt import excerpt, opening
from turnstream_guide.docs_search.words import (
    LONGEST_QUERY,
    indexed,
    match_expression,
    reader_locale,
    words_of,
)

ENGLISH = """\
# Attachments

Users send files.

## Two-phase upload

The page asks for an address, then it uploads the bytes.

## Limits

A setting bounds the size: `MAX_BODY`. What is an attachment that is too large? Refused.
"""
CHINESE = """\
# 附件

使用者可以傳送檔案。

## 兩階段上傳

頁面先要一個位址，再上傳內容。

## 身分驗證

先登入，伺服器才知道使用者是誰。按鍵可以自訂。
"""


@pytest.fixture
def docs(tmp_path: Path) -> DocsIndex:
    (tmp_path / "zh-TW").mkdir()
    (tmp_path / "attachments.md").write_text(ENGLISH)
    (tmp_path / "zh-TW/attachments.md").write_text(CHINESE)
    return DocsIndex.of(tmp_path)


async def titles(docs: DocsIndex, query: str, locale: str = "en") -> list[str]:
    return [found.section.title for found in await docs.search(query, locale, 3)]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("How do I upload?", "Two-phase upload"),
        ("uploading attachments in two phases", "Two-phase upload"),
        ("what does MAX_BODY do", "Limits"),
        ("附件", "附件"),
        ("ChatKit 的附件怎麼用？", "附件"),
        ("如何上傳", "兩階段上傳"),
        ("鍵", "身分驗證"),
    ],
)
async def test_a_question_finds_its_section(docs: DocsIndex, query: str, title: str) -> None:
    """English by the stems of its words, Chinese by pairs of characters, or one if that is all."""
    assert (await titles(docs, query))[0] == title


@pytest.mark.parametrize("query", ["如何进行身份验证？", "怎么登录", "登录服务器"])
async def test_simplified_words_find_traditional_text(docs: DocsIndex, query: str) -> None:
    """The characters differ, and so do words: 登录 here is 登入 there."""
    assert (await titles(docs, query, "zh-CN"))[0] == "身分驗證"


async def test_the_language_of_the_reader_comes_first(docs: DocsIndex) -> None:
    """A word that both languages have finds both, in the order of who asks."""
    (english,) = {found.section.locale for found in await docs.search("bytes 上傳", "en", 1)}
    (chinese,) = {found.section.locale for found in await docs.search("bytes 上傳", "zh-TW", 1)}

    assert (english, chinese) == ("en", "zh-TW")


@pytest.mark.parametrize(
    "query",
    [
        '"',
        'upload" OR "x',
        "title:upload",
        "up* ^load",
        "NEAR(upload, 2)",
        "upload AND NOT",
        "{title path}: -upload",
        "'; DROP TABLE sections; --",
        "(((((",
    ],
)
async def test_the_syntax_of_the_index_is_plain_text(docs: DocsIndex, query: str) -> None:
    """A query is a question, never a command: it neither fails nor means anything special."""
    before = await titles(docs, "upload")

    await docs.search(query, "en", 5)

    assert await titles(docs, "upload") == before


@given(st.text())
async def test_any_text_is_a_query(text: str) -> None:
    """Nothing that can be typed makes the index fail."""
    await DocsIndex([]).search(text, "en", 5)


@pytest.mark.parametrize("query", ["", "?!", "how do I", "怎麼", " "])
async def test_a_query_without_a_word_finds_nothing(docs: DocsIndex, query: str) -> None:
    assert await titles(docs, query) == []


def test_a_query_is_bounded() -> None:
    """The expression stays small, however long the question."""
    assert words_of("x" * LONGEST_QUERY + " beyond") == ["x" * LONGEST_QUERY]
    assert len(words_of(" ".join(f"w{n}" for n in range(200)))) == 40


def test_chinese_is_indexed_by_pairs_and_the_last_character() -> None:
    assert indexed("上傳檔案 now") == "上传 传文 文件 件 now"
    assert match_expression(words_of("鍵")) == '"键"*'


@pytest.mark.parametrize(
    ("query", "locale", "answer"),
    [
        ("how?", "zh-TW", "zh-TW"),
        ("怎麼驗證", "en", "zh-TW"),
        ("如何验证", "en", "zh-CN"),
        ("如何验证", "zh-TW", "zh-TW"),
    ],
)
def test_the_answer_is_in_the_language_of_the_reader(query: str, locale: str, answer: str) -> None:
    """Chinese is answered in Chinese, in the characters that the client named or wrote."""
    assert reader_locale(query, locale) == answer


def test_an_excerpt_begins_where_the_answer_is() -> None:
    text = f"{'Something else. ' * 20}\n\nThe upload is here.\n\nAnd more."

    assert excerpt(text, "upload", 100) == "The upload is here.\n\nAnd more."
    assert excerpt("Short.", "upload", 100) == "Short."


def test_an_opening_ends_with_a_sentence() -> None:
    assert opening("One is short.\nTwo is longer than that.", 24) == "One is short."
    assert len(opening("word " * 100, 50)) <= 50
