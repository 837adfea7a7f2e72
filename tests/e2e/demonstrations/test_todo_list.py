"""`todo_list`: forms that keep their data, and edits that lose nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, assert_transcript_matches


class Page:
    """What a user sees of the list on one page, and does with it."""

    def __init__(self, client: ChatClient) -> None:
        self.client = client

    @property
    def card(self) -> dict[str, Any]:
        """The newest widget of the list."""
        return self.client.items_of_type("widget")[-1]

    @property
    def rows(self) -> dict[str, str]:
        """The ids of the entries by their titles."""
        rows = [node for node in self.card["widget"]["children"] if node["type"] == "Row"]
        return {row["children"][1]["value"]: row["key"] for row in rows}

    @property
    def done(self) -> list[str]:
        """The titles that are struck out."""
        rows = [node for node in self.card["widget"]["children"] if node["type"] == "Row"]
        return [row["children"][1]["value"] for row in rows if row["children"][1]["lineThrough"]]

    async def do(self, action: str, **payload: Any) -> None:
        """Send an action of the widget."""
        await self.client.custom_action(f"todos.{action}", payload, self.card["id"])
        assert self.client.ended == "completed"

    async def add(self, title: str) -> None:
        """Fill in the form and press its button: the field joins the form's payload."""
        (form,) = [node for node in self.card["widget"]["children"] if node["type"] == "Form"]
        await self.do("add", **form["onSubmitAction"]["payload"], title=title)


@pytest.fixture
async def page(client: ChatClient) -> AsyncIterator[Page]:
    """A page that shows a list with milk on it."""
    await client.send_message("add milk to my to-do list")
    page = Page(client)
    assert list(page.rows) == ["milk"]
    yield page
    await client.load_thread()
    await assert_transcript_matches(client)


@pytest.fixture
async def other(page: Page, demo: Stack) -> AsyncIterator[Page]:
    """The same thread in another tab, behind another gateway."""
    async with ChatClient(demo.gateway_urls[1], user=page.client.user) as client:
        await client.load_thread(page.client.shown)
        yield Page(client)


@pytest.mark.parametrize(
    ("sentence", "titles"),
    [
        ("把牛奶加到我的待辦清單", ["牛奶"]),
        ("把牛奶加到我的待办清单", ["牛奶"]),
        ("Show me my to-do list", []),
    ],
)
async def test_a_sentence_shows_the_list(
    client: ChatClient, sentence: str, titles: list[str]
) -> None:
    """With an entry of the sentence on it, or as it is."""
    await client.send_message(sentence)

    assert list(Page(client).rows) == titles
    await assert_transcript_matches(client)


async def test_entries_are_added_marked_and_removed(page: Page) -> None:
    """Each edit replaces the widget; the user's messages and the model have no part in it."""
    await page.add("  bread ")
    await page.do("done", id=page.rows["milk"], done=True)
    assert (list(page.rows), page.done) == (["milk", "bread"], ["milk"])

    await page.do("done", id=page.rows["milk"], done=False)
    await page.do("remove", id=page.rows["bread"])

    assert (list(page.rows), page.done) == (["milk"], [])
    assert page.card["copy_text"] == "- [ ] milk"
    assert len(page.client.items_of_type("assistant_message")) == 1


async def test_the_list_survives_a_reload_and_is_shown_again(page: Page) -> None:
    """It belongs to the thread: a later widget, and an old one, show the same entries."""
    await page.add("bread")
    first = page.card["id"]
    await page.client.load_thread()
    assert list(page.rows) == ["milk", "bread"]

    await page.client.send_message("add tea to my to-do list")
    assert list(page.rows) == ["milk", "bread", "tea"]
    await page.client.custom_action("todos.show", None, first)

    assert page.client.items[first]["copy_text"].count("[ ]") == 3


async def test_an_entry_is_edited_in_a_form(page: Page) -> None:
    """The card becomes a form with confirm and cancel, and the list again."""
    await page.do("edit", id=page.rows["milk"])
    form = page.card["widget"]
    assert form["asForm"] is True
    assert form["cancel"]["action"]["type"] == "todos.show"
    assert form["confirm"]["action"]["type"] == "todos.rename"

    await page.do("rename", **form["confirm"]["action"]["payload"], title="oat milk")
    assert list(page.rows) == ["oat milk"]

    await page.do("edit", id=page.rows["oat milk"])
    await page.do("show")
    assert list(page.rows) == ["oat milk"]
    assert page.client.notices == []


async def test_a_form_sent_twice_adds_one_entry(page: Page) -> None:
    """A double click sends the same form twice."""
    (form,) = [node for node in page.card["widget"]["children"] if node["type"] == "Form"]
    for _ in range(2):
        await page.do("add", **form["onSubmitAction"]["payload"], title="bread")

    assert list(page.rows) == ["milk", "bread"]


async def test_edits_of_two_tabs_lose_nothing(page: Page, other: Page) -> None:
    """Both tabs send the same form with other entries, and edit entries at the same time."""
    await asyncio.gather(page.add("bread"), other.add("tea"))
    await asyncio.gather(
        page.do("done", id=page.rows["milk"], done=True),
        other.do("rename", id=other.rows["milk"], was="milk", title="oat milk"),
    )

    await page.client.load_thread()

    assert set(page.rows) == {"oat milk", "bread", "tea"}
    assert page.done == ["oat milk"]


async def test_of_two_edits_of_one_entry_the_last_wins_and_is_told_so(
    page: Page, other: Page
) -> None:
    """Its author hears what the entry had become meanwhile."""
    milk = page.rows["milk"]
    await page.do("rename", id=milk, was="milk", title="oat milk")
    await other.do("rename", id=milk, was="milk", title="soy milk")

    assert page.client.notices == []
    assert "oat milk" in other.client.notices[0]["message"]
    await page.client.load_thread()
    assert list(page.rows) == ["soy milk"]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("add", {"id": "x", "title": " "}),
        ("add", {"id": "x", "title": "x" * 121}),
        ("add", {"id": "../x", "title": "tea"}),
        ("add", {"title": "tea"}),
        ("done", {"id": "nobody", "done": True}),
        ("done", {"id": "nobody", "done": "perhaps"}),
        ("rename", {"id": "nobody", "was": "", "title": "tea"}),
        ("edit", {"id": "nobody"}),
    ],
)
async def test_an_edit_that_does_not_fit_gets_a_notice(
    page: Page, action: str, payload: dict[str, Any]
) -> None:
    """The list stays as it was, and the notice says what is wrong."""
    before = page.card

    await page.do(action, **payload)

    assert page.card == before
    (notice,) = page.client.notices
    assert notice["level"] == "warning"


async def test_a_list_is_bounded(page: Page) -> None:
    """Twenty entries fit: the form goes, and what is sent nevertheless is refused."""
    for number in range(2, 21):
        await page.add(f"entry {number}")
    assert len(page.rows) == 20
    assert not [node for node in page.card["widget"]["children"] if node["type"] == "Form"]

    await page.do("add", id="one_more", title="one more")

    assert len(page.rows) == 20
    assert "20" in page.client.notices[0]["message"]
