"""A tenant's own server reads the threads of all its users, and of no other tenant."""

from collections.abc import AsyncIterator

import orjson
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PageRequest
from turnstream.contracts.turns import AcceptTurn, Json, RequestContext
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient

from tests.support.turns import finish, item, message, running, save_item

SHOWN = ["user_message", "widget"]


async def begin(
    client: StoreClient, user: str, tenant: str = "default", session: str | None = None
) -> str:
    """A thread that a user begins, in a session or not."""
    turn_id = new_id("turn")
    context = RequestContext(user_id=user, tenant=tenant, turn_id=turn_id, session_id=session)
    command = AcceptTurn(turn_id=turn_id, request=message(), context=context)
    accepted = await client.turns.accept(command)
    return accepted.thread_id


@pytest.fixture
async def threads(client: StoreClient) -> AsyncIterator[list[str]]:
    """Five threads of two users, newest last, and one of another tenant between them."""
    made = [await begin(client, user) for user in ("ann", "bob", "ann")]
    await begin(client, "ann", "other")
    yield made + [await begin(client, user) for user in ("bob", "ann")]


async def listed(client: StoreClient, wanted: PageRequest, user: str | None = None) -> Json:
    """A page of the default tenant's threads."""
    page: Json = orjson.loads(await client.tenant_threads.page("default", wanted, user))
    return page


def ids(page: Json) -> list[str]:
    return [each["id"] for each in page["data"]]


async def test_threads_of_all_users_come_with_their_user(
    client: StoreClient, threads: list[str]
) -> None:
    """Newest first, unless asked otherwise; one user's where one is named; no other tenant's."""
    page = await listed(client, PageRequest())
    assert ids(page) == threads[::-1]
    assert [each["user"] for each in page["data"]] == ["ann", "bob", "ann", "bob", "ann"]
    assert ids(await listed(client, PageRequest(order="asc"), "bob")) == [threads[1], threads[3]]
    assert ids(await listed(client, PageRequest(), "nobody")) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_lie_behind_or_before_a_thread(
    client: StoreClient, threads: list[str], order: str
) -> None:
    """`before` alone asks for the page just before it, with both it is what lies between."""
    rows = threads if order == "asc" else threads[::-1]
    first = await listed(client, PageRequest(2, order))
    assert (ids(first), first["has_more"]) == (rows[:2], True)
    second = await listed(client, PageRequest(3, order, after=rows[1]))
    assert (ids(second), second["has_more"]) == (rows[2:], False)
    back = await listed(client, PageRequest(2, order, before=rows[4]))
    assert (ids(back), back["has_more"]) == (rows[2:4], True)
    start = await listed(client, PageRequest(2, order, before=rows[2]))
    assert (ids(start), start["has_more"]) == (rows[:2], False)
    between = await listed(client, PageRequest(9, order, after=rows[0], before=rows[3]))
    assert (ids(between), between["has_more"]) == (rows[1:3], False)
    nothing = await listed(client, PageRequest(0, order))
    assert (ids(nothing), nothing["has_more"]) == ([], True)


async def test_a_page_goes_on_behind_a_deleted_thread(
    client: StoreClient, threads: list[str]
) -> None:
    """It was in the list when the page before was read."""
    await client.threads.delete(Owner("default", "bob"), threads[3])
    assert ids(await listed(client, PageRequest(after=threads[3]))) == threads[2::-1]
    for foreign in ("thr_of_nobody", ids(await _of_other_tenant(client))[0]):
        with pytest.raises(NotFound):
            await listed(client, PageRequest(after=foreign))


async def _of_other_tenant(client: StoreClient) -> Json:
    page: Json = orjson.loads(await client.tenant_threads.page("other", PageRequest()))
    return page


async def test_a_thread_names_its_user_and_the_session_that_began_it(client: StoreClient) -> None:
    """A session's thread has an id as hosted ChatKit has them, and is in its user's list too."""
    plain = await begin(client, "ann")
    begun = await begin(client, "ann", session="cksess_1")
    assert (plain[:4], begun[:5]) == ("thr_", "cthr_")
    shown = orjson.loads(await client.tenant_threads.show("default", begun))
    assert (shown["user"], shown["session_id"]) == ("ann", "cksess_1")
    assert "session_id" not in orjson.loads(await client.tenant_threads.show("default", plain))
    own = await client.threads.page(Owner("default", "ann"), limit=9, order="asc", after=None)
    assert ids(orjson.loads(own)) == [plain, begun]
    assert "session_id" not in orjson.loads(own)["data"][1]


async def test_another_tenants_thread_does_not_exist(client: StoreClient) -> None:
    """Neither it nor its items."""
    thread_id = await begin(client, "ann", "other")
    with pytest.raises(NotFound):
        await client.tenant_threads.show("default", thread_id)
    with pytest.raises(NotFound):
        await client.tenant_threads.items("default", thread_id, PageRequest(), SHOWN)


async def test_items_of_the_wanted_types_fill_the_page(client: StoreClient) -> None:
    """Others, and what no client may see, neither show nor shorten it."""
    turn = await running(client)
    kinds = ["widget", "end_of_turn", "hidden_context_item", "widget", "task", "widget"]
    for number, kind in enumerate(kinds):
        await save_item(client, turn, item(f"i{number}", kind))
    await finish(client, turn)

    async def page(wanted: PageRequest) -> Json:
        found = await client.tenant_threads.items("default", turn.thread_id, wanted, SHOWN)
        return dict(orjson.loads(found))

    newest = await page(PageRequest(2))
    assert (ids(newest), newest["has_more"]) == (["i5", "i3"], True)
    older = await page(PageRequest(5, after="i3"))
    assert [each["type"] for each in older["data"]] == ["widget", "user_message"]
    assert ids(await page(PageRequest(1, "asc", before="i5"))) == ["i3"]
    assert ids(await page(PageRequest(9, "asc", after="i1", before="i5"))) == ["i3"]
    with pytest.raises(NotFound):
        await page(PageRequest(after="i_of_elsewhere"))


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_user_may_be_shown_the_newest_threads_alone(
    client: StoreClient, order: str
) -> None:
    """However they page: older ones are in no page, also behind a thread that was deleted."""
    owner = Owner("default", "ann")
    made = [await begin(client, "ann") for _ in range(5)]
    newest = made[2:] if order == "asc" else made[:1:-1]
    assert ids(orjson.loads(await client.threads.newest(owner, 3, PageRequest(9, order)))) == newest
    first = orjson.loads(await client.threads.newest(owner, 3, PageRequest(2, order)))
    assert (ids(first), first["has_more"]) == (newest[:2], True)
    await client.threads.delete(owner, newest[1])
    rest = orjson.loads(await client.threads.newest(owner, 2, PageRequest(2, order, newest[1])))
    assert (ids(rest), rest["has_more"]) == (newest[2:], False)
