"""A file name is shown to people and used for nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turnstream_gateway.files.names import LIMIT, clean_name


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\plan.pdf", "plan.pdf"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
        ("👩\u200d🚀 \u202egpj.exe", "👩\u200d🚀 gpj.exe"),
        ("\u200d", "file"),
        ("gnp\u202egpj.exe", "gnpgpj.exe"),
        ("  two   spaces .txt ", "two spaces .txt"),
        ("Überblick 概要.pdf", "Überblick 概要.pdf"),
    ],
)
def test_names(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


def test_a_long_name_keeps_its_ending() -> None:
    cleaned = clean_name("x" * 500 + ".pdf")
    assert len(cleaned) == LIMIT
    assert cleaned.endswith("x….pdf")


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.text())
def test_every_name_becomes_one_that_can_be_shown(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= LIMIT
    assert cleaned.isprintable()
    assert not {"/", "\\"} & set(cleaned)
    assert cleaned not in (".", "..")
