"""What the hosted API answers is what the official client's classes describe, field by field."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from chatkit import types as ours
from chatkit.widgets import Card, Text
from openai.types.beta import chatkit as theirs
from openai.types.beta.chatkit.chatkit_thread_item_list import ChatKitThreadItemList
from pydantic import BaseModel, TypeAdapter, ValidationError
from turnstream.contracts.identity import Session as StoredSession
from turnstream.contracts.identity import SessionConfiguration, SessionStatus, SessionWorkflow
from turnstream_gateway.hosted.items import KINDS, Item, hosted_item
from turnstream_gateway.hosted.requests import SessionBody
from turnstream_gateway.hosted.shapes import ItemList, Session, Thread, ThreadDeleted, page_of

MOMENT = datetime(2026, 11, 28, 12, 0, 0, 999_999, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())
_ITEM: TypeAdapter[ours.ThreadItem] = TypeAdapter(ours.ThreadItem)


def models_in(value: object) -> Iterator[BaseModel]:
    """Every model in an answer as their classes read it."""
    if isinstance(value, BaseModel):
        yield value
        for _, each in value:
            yield from models_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from models_in(each)


def read_by(model: type[BaseModel], answer: BaseModel) -> Any:
    """An answer of ours as theirs reads it, which must have every field of theirs and no other."""
    read = model.model_validate_json(answer.model_dump_json(), strict=True)
    for each in models_in(read):
        assert not each.model_extra, f"{type(each).__name__} has no {each.model_extra}"
        assert each.model_fields_set == set(type(each).model_fields), type(each).__name__
    return read


def item(kind: str, **fields: Any) -> Item:
    """An item as ChatKit writes it, in the hosted form."""
    made = _ITEM.validate_python(
        {"type": kind, "id": "i_1", "thread_id": "thr_1", "created_at": MOMENT, **fields}
    )
    return hosted_item(json.loads(made.model_dump_json(exclude_none=True)))


def shown(made: Item) -> Any:
    """An item as their list reads it."""
    return read_by(ChatKitThreadItemList, page_of(ItemList, [made], has_more=False)).data[0]


def session(**changes: Any) -> StoredSession:
    """A session as the store tells it."""
    return StoredSession(
        id="cksess_1",
        tenant="default",
        user="alice",
        status=SessionStatus.ACTIVE,
        workflow=SessionWorkflow(id="wf_1"),
        created_at=MOMENT,
        expires_at=MOMENT,
        requests_per_minute=10,
        configuration=SessionConfiguration(),
        expires_in=600,
    ).model_copy(update=changes)


def test_a_session_has_all_ten_fields() -> None:
    """The defaults are the hosted ones, times are whole, and what was not given is null."""
    read = read_by(theirs.ChatSession, Session.of(session(), "tss_secret"))
    assert (read.id, read.user, read.status) == ("cksess_1", "alice", "active")
    assert (read.client_secret, read.expires_at) == ("tss_secret", SECONDS)
    assert read.max_requests_per_1_minute == read.rate_limits.max_requests_per_1_minute == 10
    assert (read.workflow.version, read.workflow.state_variables) == (None, None)
    assert read.workflow.tracing.enabled
    configuration = read.chatkit_configuration
    assert configuration.automatic_thread_titling.enabled
    upload, history = configuration.file_upload, configuration.history
    assert (upload.enabled, upload.max_file_size, upload.max_files) == (False, 512, 10)
    assert (history.enabled, history.recent_threads) == (True, None)


def test_state_variables_keep_their_kinds() -> None:
    """A truth is no number, and a whole number no fraction."""
    given: dict[str, Any] = {"plan": "pro", "seats": 3, "trial": True, "share": 0.5}
    body = SessionBody.model_validate(
        {"user": "a", "workflow": {"id": "w", "state_variables": given}}
    )
    command = body.command("cksess_1", "0" * 64, None)
    answer = Session.of(session(workflow=command.workflow), "tss_secret")
    read = read_by(theirs.ChatSession, answer)
    assert read.workflow.state_variables == given
    assert [type(each) for each in read.workflow.state_variables.values()] == [
        str,
        int,
        bool,
        float,
    ]


@pytest.mark.parametrize("kind", ["active", "locked", "closed"])
def test_a_thread_has_its_user_and_its_status(kind: str) -> None:
    """A status has a reason, or null, where the schema has one."""
    told = {"id": "cthr_1", "created_at": MOMENT.isoformat(), "status": {"type": kind}, "user": "a"}
    read = read_by(theirs.ChatKitThread, Thread.of(told))
    assert (read.created_at, read.title, read.user) == (SECONDS, None, "a")
    assert read.status.type == kind


def test_a_deleted_thread_says_so() -> None:
    """`deleted` is true, and the object has a type of its own."""
    read = read_by(theirs.ThreadDeleteResponse, ThreadDeleted(id="cthr_1"))
    assert (read.id, read.deleted, read.object) == ("cthr_1", True, "chatkit.thread.deleted")


def test_a_page_names_its_ends() -> None:
    """The first and the last id, or null in an empty page."""
    items = [item("task", id=f"tsk_{n}", task={"type": "custom"}) for n in range(3)]
    read = read_by(ChatKitThreadItemList, page_of(ItemList, items, has_more=True))
    assert (read.first_id, read.last_id, read.has_more) == ("tsk_0", "tsk_2", True)
    empty = read_by(ChatKitThreadItemList, page_of(ItemList, [], has_more=False))
    assert (empty.object, empty.data, empty.first_id, empty.last_id) == ("list", [], None, None)


def test_a_users_message_has_text_quotes_and_files() -> None:
    """A tag is what it says, a quote is a part, a file has no preview."""
    files = [
        {"type": "file", "id": "atc_1", "name": "a.pdf", "mime_type": "application/pdf"},
        {
            "type": "image",
            "id": "atc_2",
            "name": "b.png",
            "mime_type": "image/png",
            "preview_url": "https://chat.example/b.png",
            "metadata": {"key": "b"},
        },
    ]
    read = shown(
        item(
            "user_message",
            content=[
                {"type": "input_text", "text": "Ask "},
                {"type": "input_tag", "id": "u_1", "text": "@Ada", "data": {}, "interactive": True},
            ],
            attachments=files,
            quoted_text="Yesterday",
            inference_options={"tool_choice": {"id": "search"}},
        )
    )
    assert [(part.type, part.text) for part in read.content] == [
        ("quoted_text", "Yesterday"),
        ("input_text", "Ask "),
        ("input_text", "@Ada"),
    ]
    assert [(each.type, each.preview_url) for each in read.attachments] == [
        ("file", None),
        ("image", "https://chat.example/b.png"),
    ]
    assert (read.inference_options.tool_choice.id, read.inference_options.model) == ("search", None)
    assert (read.type, read.created_at, read.thread_id) == (
        "chatkit.user_message",
        SECONDS,
        "thr_1",
    )


def test_options_that_a_user_left_alone_are_null() -> None:
    """ChatKit sends an empty object for them."""
    read = shown(item("user_message", content=[], inference_options={}))
    assert read.inference_options is None


def test_an_answer_keeps_the_annotations_that_have_a_hosted_form() -> None:
    """Files and pages; an entity of the app is dropped."""
    sources: list[dict[str, Any]] = [
        {"type": "file", "filename": "a.pdf", "title": "A"},
        {"type": "url", "url": "https://example.org", "title": "B"},
        {"type": "entity", "id": "e_1", "title": "C"},
    ]
    annotations = [{"source": source, "index": 3} for source in sources]
    read = shown(item("assistant_message", content=[{"text": "Hello", "annotations": annotations}]))
    assert read.content[0].text == "Hello"
    kinds = [(each.type, each.source.type) for each in read.content[0].annotations]
    assert kinds == [("file", "file"), ("url", "url")]


def test_a_widget_is_json_text() -> None:
    """The text holds the whole widget, as the page gets it."""
    with pytest.warns(DeprecationWarning):
        card = Card(children=[Text(value="hé")])
    read = shown(item("widget", widget=card.model_dump(exclude_none=True)))
    assert json.loads(read.widget)["children"][0]["value"] == "hé"


@pytest.mark.parametrize(
    ("status", "output", "told"),
    [
        ("pending", None, ("in_progress", None)),
        ("completed", "done", ("completed", "done")),
        ("completed", {"ok": True}, ("completed", '{"ok":true}')),
        ("completed", [1], ("completed", "[1]")),
    ],
)
def test_a_client_tool_call_has_text_for_data(status: str, output: Any, told: Any) -> None:
    """A pending call is in progress; its arguments are JSON text, and its output is text."""
    call = {"call_id": "c", "name": "theme", "arguments": {"to": "dark"}}
    read = shown(item("client_tool_call", **call, status=status, output=output))
    assert (read.status, read.output) == told
    assert (read.name, read.arguments) == ("theme", '{"to":"dark"}')


def test_tasks_are_thoughts_or_custom() -> None:
    """A title is a heading, content a summary; other kinds of tasks are custom."""
    thought = shown(item("task", task={"type": "thought", "title": "Hm", "content": "So"}))
    assert (thought.task_type, thought.heading, thought.summary) == ("thought", "Hm", "So")
    tasks = [
        {"type": "custom", "title": "One"},
        {"type": "web_search", "title": "Two", "queries": ["x"]},
        {"type": "thought", "content": "Three"},
    ]
    group = shown(item("workflow", workflow={"type": "reasoning", "tasks": tasks}))
    assert [(each.type, each.heading, each.summary) for each in group.tasks] == [
        ("custom", "One", None),
        ("custom", "Two", None),
        ("thought", None, "Three"),
    ]


def test_every_kind_of_item_is_shown_or_left_out_on_purpose() -> None:
    """A kind that ChatKit adds must be decided about."""
    schema = _ITEM.json_schema()
    left_out = {"structured_input", "generated_image", "end_of_turn"}
    hidden = {"hidden_context_item", "sdk_hidden_context"}
    assert set(schema["discriminator"]["mapping"]) == set(KINDS) | left_out | hidden


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("user", ""),
        ("user", "u" * 257),
        ("user", " ann"),
        ("user", "a\nb"),
        ("workflow", None),
        ("workflow.id", ""),
        ("workflow.state_variables", {str(n): n for n in range(65)}),
        ("workflow.state_variables", {"k" * 65: 1}),
        ("workflow.state_variables", {"k": None}),
        ("workflow.state_variables", {"k": [1]}),
        ("workflow.state_variables", {"k": float("nan")}),
        ("workflow.state_variables", {"k": 2**64}),
        ("expires_after", {"seconds": 60}),
        ("expires_after", {"anchor": "last_active_at", "seconds": 60}),
        ("expires_after", {"anchor": "created_at", "seconds": 0}),
        ("expires_after", {"anchor": "created_at", "seconds": 601}),
        ("rate_limits.max_requests_per_1_minute", 0),
        ("rate_limits.max_requests_per_1_minute", "10"),
        ("chatkit_configuration.file_upload.max_file_size", 513),
        ("chatkit_configuration.file_upload.max_files", 0),
        ("chatkit_configuration.file_upload.enabled", "yes"),
        ("chatkit_configuration.history.recent_threads", 0),
        ("chatkit_configuration.automatic_thread_titling.enabled", 1),
        ("rate_limit", {"max_requests_per_1_minute": 1}),
    ],
)
def test_bounds_are_the_hosted_ones(path: str, value: Any) -> None:
    """What hosted ChatKit refuses is refused, and a limit misspelt is no limit ignored."""
    body: Any = {"user": "alice", "workflow": {"id": "wf_1"}}
    *above, last = path.split(".")
    place = body
    for name in above:
        place = place.setdefault(name, {})
    place[last] = value
    with pytest.raises(ValidationError):
        SessionBody.model_validate_json(json.dumps(body))


def test_what_is_left_out_or_null_has_the_hosted_default() -> None:
    """A server may send null for what it does not care about."""
    bare: dict[str, Any] = {"user": "alice", "workflow": {"id": "wf_1"}}
    nulls = {
        "expires_after": None,
        "rate_limits": {"max_requests_per_1_minute": None},
        "chatkit_configuration": {"history": None, "file_upload": {"max_files": None}},
    }
    commands = [
        SessionBody.model_validate(each).command("cksess_1", "0" * 64, "key_1")
        for each in (bare, bare | nulls)
    ]
    assert commands[0] == commands[1]
    assert (commands[0].expires_after, commands[0].requests_per_minute) == (600, 10)
    assert commands[0].configuration == SessionConfiguration()
