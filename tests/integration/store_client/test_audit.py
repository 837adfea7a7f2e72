"""The audit tells the same of each action, whichever store it is done in."""

import pytest
from turnstream.contracts.operating.privacy import Action, Actor, ActorKind, AuditEntry
from turnstream.errors import BadRequest, LegalHold, NotFound
from turnstream.store_client import StoreClient

from tests.support.store.belongings import VICTIM
from tests.support.store.deeds import DEEDS, SERVERS, with_a_dead_letter
from tests.support.turns import OTHER_ANN
from tests.support.waiting import wait_until_async

OPERATOR = Actor(ActorKind.KEY, "key_operator")


async def told(client: StoreClient, action: Action | None = None) -> list[AuditEntry]:
    """The entries, or those of one action, newest first."""
    return (await client.privacy.audit(100, action=action)).data


@pytest.mark.parametrize("action", [*Action])
async def test_an_action_leaves_one_entry_of_who_did_what_about_whom(
    client: StoreClient, action: Action
) -> None:
    """Who has the internal key is told as a service; a server is told by the key that it showed."""
    hers, deed = await with_a_dead_letter(client), DEEDS[action]
    before = {entry.id for entry in await told(client)}

    await deed.do(client, hers)

    [entry] = [each for each in await told(client, action) if each.id not in before]
    server = SERVERS if action is Action.SESSION_CANCELLED else Actor()
    assert (entry.actor_kind, entry.actor) == server
    assert entry.tenant == VICTIM.tenant
    if action is Action.USER_ERASED:
        assert entry.target == (await client.privacy.erasure(VICTIM)).id
    else:
        assert (entry.user, entry.target) == (deed.about, deed.target(hers))


async def test_what_is_done_twice_and_changes_nothing_is_told_once(client: StoreClient) -> None:
    """As a schedule that is paused, a webhook that is disabled, a turn that is stopped."""
    hers = await with_a_dead_letter(client)
    for _ in range(2):
        await client.schedules.pause(VICTIM, hers.schedule)
        await client.webhooks.disable(None, hers.webhook)
        await client.operations.cancel(hers.queued)

    for action in (Action.SCHEDULE_PAUSED, Action.WEBHOOK_DISABLED, Action.TURN_CANCELLED):
        assert len(await told(client, action)) == 1


async def test_what_is_refused_is_not_told(client: StoreClient) -> None:
    """What is not there, what is another's, and what a hold forbids."""
    hers = await with_a_dead_letter(client)
    await client.privacy.hold(VICTIM.tenant, None)
    before = await told(client)

    for call, refusal in (
        (client.keys.revoke(OTHER_ANN.tenant + "s", hers.key), NotFound),
        (client.dead_letters.requeue(hers.queued), NotFound),
        (client.schedules.delete(VICTIM, "sch_none"), NotFound),
        (client.privacy.release(*VICTIM), NotFound),
        (client.privacy.erase(VICTIM), LegalHold),
    ):
        with pytest.raises(refusal):
            await call

    assert await told(client) == before


async def test_the_audit_comes_in_pages_newest_first(client: StoreClient) -> None:
    """Whatever is done meanwhile, each entry is on one page, and the last page says so."""
    for user in ("ann", "bob", "zoe"):
        await client.privacy.hold("acme", user, OPERATOR)

    first = await client.privacy.audit(2)
    await client.privacy.hold("acme", None, OPERATOR)
    second = await client.privacy.audit(2, after=first.after)

    assert [each.user for each in (*first.data, *second.data)] == ["zoe", "bob", "ann"]
    assert {(each.actor_kind, each.actor) for each in first.data} == {OPERATOR}
    assert second.after is None
    newest = await client.privacy.audit(9, since=(await told(client))[0].at)
    assert [each.user for each in newest.data] == [None]
    with pytest.raises(BadRequest):
        await client.privacy.audit(2, after="no cursor")


async def test_an_erased_user_is_in_the_audit_under_another_name(client: StoreClient) -> None:
    """What was done stays, and leads to nobody."""
    await client.privacy.hold(*VICTIM)
    await client.privacy.release(*VICTIM)
    await client.privacy.erase(VICTIM)

    async def are_renamed() -> bool:
        return all(each.user != VICTIM.user for each in await told(client))

    await wait_until_async(are_renamed)
    entries = await told(client)
    assert [each.action for each in entries] == ["user.erased", "hold.released", "hold.placed"]
    assert len({each.user for each in entries}) == 1
