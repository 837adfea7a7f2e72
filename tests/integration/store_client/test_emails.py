"""Emails are kept once, for their owner and for operators."""

import pytest
from turnstream.contracts.store_api import SendEmail
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, BOB


async def test_an_email_is_kept_once_and_for_its_owner_only(client: StoreClient) -> None:
    """The same id twice is one email, and somebody else's id is not found."""
    email = SendEmail(id="email_1", recipient="bob@example.com", subject="Hi", body="Hello")
    for _ in range(2):
        await client.emails.add(ANN, email)

    assert [each.id for each in await client.emails.newest(ANN)] == ["email_1"]
    assert await client.emails.newest(BOB) == []
    with pytest.raises(NotFound):
        await client.emails.add(BOB, email)
