"""The ratchet finds what grew past a limit, and says where."""

from pathlib import Path

import pytest

from checks import ratchet
from checks.ratchet import complaints, measure


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a small product, which has nothing to complain of."""
    monkeypatch.setattr(ratchet, "MANY_PARAMETERS", frozenset())
    package = tmp_path / "shared/src/small"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return package / "rooms.py"


def said(product: Path, text: str) -> list[str]:
    product.write_text(text)
    return list(complaints(measure(product.parents[3])))


def test_small_code_is_fine(product: Path) -> None:
    assert said(product, "def door(a, b, *, c, d, e):\n    return a\n") == []


def test_a_long_file_is_named(product: Path) -> None:
    [line] = said(product, "\n" * 401)
    assert line == "shared/src/small/rooms.py: 401 lines, at most 400"


def test_a_folder_of_many_files_is_named(product: Path) -> None:
    for number in range(ratchet.FOLDER_FILES):
        (product.parent / f"room_{number}.py").touch()
    assert said(product, "") == ["shared/src/small: 16 files, at most 15"]


def test_a_long_function_is_named(product: Path) -> None:
    short = "".join(f"def short_{number}():\n    pass\n" for number in range(30))
    [line] = said(product, f"{short}class A:\n    def b(self):\n" + "        pass\n" * 60)
    assert line == "shared/src/small/rooms.py: A.b has 61 lines, at most 60"


def test_many_functions_of_some_length_are_too_many(product: Path) -> None:
    text = "".join(f"def f{number}():\n" + "    pass\n" * 45 for number in range(3))
    assert said(product, text) == ["95 % of the functions have up to 46 lines, at most 40"]


def test_a_function_with_many_parameters_is_named(product: Path) -> None:
    text = "class A:\n    async def b(self, c, d, e, f, /, g, *, h): ...\n"
    assert said(product, text) == [
        "shared/src/small/rooms.py: A.b has 6 parameters, at most 5",
    ]


def test_an_exception_that_nobody_needs_has_to_go(
    product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratchet, "MANY_PARAMETERS", frozenset({"A.b"}))
    assert said(product, "") == [
        "A.b needs no exception any more: take it out of MANY_PARAMETERS",
    ]


def test_any_is_counted_where_it_is_used(product: Path) -> None:
    lines = ["from typing import Any", *["a: Any = None"] * 13, *["pass"] * 986]
    [complaint] = [line for line in said(product, "\n".join(lines)) if "Any" in line]
    assert complaint == f"the product has 13.0 Any in 1,000 lines, at most {ratchet.ANY_PER_1000}"
