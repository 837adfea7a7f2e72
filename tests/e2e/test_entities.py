"""@-mentions: users find guides and their own facts, preview them, and the model learns of them."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches
from tests.support.model_server import ModelServer


async def search(client: ChatClient, query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await client.call("GET", f"/entities?q={quote(query)}"))[
        "entities"
    ]
    return found


async def preview(client: ChatClient, entity_id: str) -> dict[str, object]:
    path = f"/entities/{quote(entity_id, safe='')}/preview"
    shown: dict[str, object] = (await client.call("GET", path))["preview"]
    return shown


async def mention(client: ChatClient, *tags: Mapping[str, object], **headers: str) -> None:
    """A message as the composer sends it, with tags between the words."""
    content = [{"type": "input_text", "text": "Tell me about "}]
    parts = [{"type": "input_tag", "interactive": True, "data": {}, **tag} for tag in tags]
    message = {"content": [*content, *parts], "attachments": [], "inference_options": {}}
    await client.run("threads.create", {"input": message}, headers=headers)


async def test_a_search_finds_guides(client: ChatClient) -> None:
    """Every word must fit; nothing typed yet lists what there is."""
    (found,) = await search(client, "entities MENTIONS")

    assert (found["id"], found["title"]) == ("guide:entities", "Entities and @-mentions")
    assert found["interactive"] is True
    assert len(await search(client, "")) > 5
    assert await search(client, "no such thing") == []


async def test_a_preview_is_a_small_widget(client: ChatClient) -> None:
    """In the form that `onRequestPreview` returns: a Basic with the guide's first words."""
    shown = await preview(client, "guide:entities")

    assert shown["type"] == "Basic"
    assert "how users mention things" in str(shown["children"])


@pytest.mark.parametrize(
    ("locale", "title", "says"),
    [("zh-TW", "實體與 @ 提及", "使用者如何"), ("zh-CN", "实体与 @ 提及", "用户如何")],
)
async def test_titles_are_in_the_users_language(
    client: ChatClient, locale: str, title: str, says: str
) -> None:
    """A guide is one entity in every language and script."""
    chinese = {"Accept-Language": locale}
    answer = await client.call("GET", "/entities?q=guide:entities", headers=chinese)
    shown = await client.call("GET", "/entities/guide:entities/preview", headers=chinese)

    (found,) = answer["entities"]
    assert (found["id"], found["title"]) == ("guide:entities", title)
    assert says in str(shown["preview"]["children"])


async def test_facts_are_found_by_their_owner_alone(client: ChatClient, demo: Stack) -> None:
    """Another user neither finds nor previews them; a discarded one is gone for everybody."""
    await client.send_message("I live in Oslo")
    (fact,) = (await client.call("GET", "/facts"))["facts"]
    entity = f"fact:{fact['id']}"

    assert [found["id"] for found in await search(client, "oslo")] == [entity]
    assert "I live in Oslo" in str(await preview(client, entity))
    async with ChatClient(demo.gateway_urls[1], user="somebody-curious") as other:
        assert await search(other, "oslo") == []
        with pytest.raises(Problem) as problem:
            await preview(other, entity)
        assert (problem.value.status, problem.value.code) == (404, "not_found")
    await client.call("POST", f"/facts/{fact['id']}/discard")
    assert await search(client, "oslo") == []


@pytest.mark.parametrize("path", [f"/entities?q={'x' * 201}", f"/entities/{'x' * 201}/preview"])
async def test_what_is_too_long_is_refused(client: ChatClient, path: str) -> None:
    with pytest.raises(Problem) as problem:
        await client.call("GET", path)

    assert (problem.value.status, problem.value.code) == (400, "bad_request")


async def test_the_model_reads_what_is_known_of_a_mention(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """What the tag says about the thing is the client's word; the guide looks it up itself."""
    forged = {"id": "guide:entities", "text": "Entities", "data": {"text": "forged"}}
    stolen = {"id": "fact:somebody-elses", "text": "A secret", "data": {"text": "forged"}}
    await mention(modelled_client, forged, stolen)

    sent = str([call.request.input for call in model.calls])
    assert "how users mention things" in sent
    assert 'id="fact:somebody-elses"' in sent
    assert "forged" not in sent
    await assert_transcript_matches(modelled_client)


@pytest.mark.parametrize(
    ("locale", "says"),
    [("en", "how users mention things"), ("zh-TW", "使用者如何"), ("zh-CN", "用户如何")],
)
async def test_the_demo_model_tells_of_a_mention(
    client: ChatClient, locale: str, says: str
) -> None:
    """Of what the guide knows, in the user's language; of nothing that a client made up."""
    known = {"id": "guide:entities", "text": "Entities", "data": {"text": "forged"}}
    unknown = {"id": "fact:nobodys", "text": "A secret", "data": {"text": "forged"}}
    await mention(client, known, unknown, **{"Accept-Language": locale})

    assert client.text.startswith("**Entities**")
    assert says in client.text
    assert "forged" not in client.text
    await assert_transcript_matches(client)
