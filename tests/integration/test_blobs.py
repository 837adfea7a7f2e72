"""The same promises on the local disk and behind an S3 API."""

from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from turnstream.contracts.ids import new_id
from turnstream.errors import NotFound, Unavailable
from turnstream.files.blobs import Blobs, media_type

from tests.support.servers.s3 import Bucket, s3_bucket


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3_bucket() as bucket:
        yield bucket


@pytest.fixture
def s3(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a place there, with credentials where an operator puts them."""
    for name, value in bucket.credentials.items():
        monkeypatch.setenv(name, value)
    return bucket.url


@pytest.fixture(params=["file", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    url = f"file:{tmp_path}" if request.param == "file" else request.getfixturevalue("s3")
    yield Blobs(url)


def new_key(ending: str = "png") -> str:
    return f"{new_id('atc')}.{ending}"


async def test_what_was_put_is_read(blobs: Blobs) -> None:
    key = new_key()
    await blobs.put(key, b"one")
    await blobs.put(key, BytesIO(b"two"))
    assert await blobs.get(key) == b"two"


async def test_a_blob_is_read_piece_by_piece(blobs: Blobs) -> None:
    key, content = new_key(), bytes(range(256)) * 40_000
    await blobs.put(key, BytesIO(content))

    blob = await blobs.open(key)
    pieces = [bytes(piece) async for piece in blob.chunks]

    assert blob.size == len(content)
    assert b"".join(pieces) == content
    assert len(pieces) > 1


async def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    for read in (blobs.get, blobs.open):
        with pytest.raises(NotFound):
            await read(new_key())


async def test_deleting_takes_the_text_along_and_may_be_repeated(blobs: Blobs) -> None:
    key = new_key("pdf")
    await blobs.put(key, b"%PDF")
    await blobs.put(f"{key}.txt", b"text")
    for _ in range(2):
        await blobs.delete(key)
    for gone in (key, f"{key}.txt"):
        with pytest.raises(NotFound):
            await blobs.get(gone)


@pytest.mark.parametrize("key", ["", "x", "../x.png", "atc_1.png", f"atc_{'0' * 32}.png/x", "/"])
async def test_what_is_no_key_names_nothing(blobs: Blobs, key: str) -> None:
    with pytest.raises(NotFound):
        await blobs.put(key, b"x")
    with pytest.raises(NotFound):
        media_type(key)


async def test_a_place_that_does_not_answer_is_unavailable(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few tries of the library: the caller may come again."""
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await Blobs(s3).get(new_key())
