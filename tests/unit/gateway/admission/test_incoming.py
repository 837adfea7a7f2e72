"""Reading a request: what is taken, and what each refusal says."""

from typing import Any

import orjson
import pytest
from chatkit.types import ThreadsAddUserMessageReq, ThreadsCreateReq, is_streaming_req
from turnstream.contracts.turns import BusyPolicy
from turnstream.errors import BadRequest, ReservedAction, Unprocessable
from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.headers import ChatHeaders
from turnstream_gateway.admission.incoming import ChatKitRequest, parse, to_json
from turnstream_gateway.settings import GatewaySettings

BOUNDS = RequestBounds.of(GatewaySettings())
MESSAGE: dict[str, Any] = {
    "content": [{"type": "input_text", "text": "hello"}],
    "attachments": [],
    "inference_options": {},
}


def read(kind: str, params: dict[str, Any], max_attachments: int = 2) -> ChatKitRequest:
    """The request of that type."""
    bounds = BOUNDS._replace(attachments=max_attachments)
    return parse(orjson.dumps({"type": kind, "params": params}), bounds)


def test_a_message_is_read() -> None:
    """With all it holds."""
    request = read("threads.create", {"input": MESSAGE})
    assert isinstance(request, ThreadsCreateReq)
    assert is_streaming_req(request)
    assert to_json(request)["params"]["input"] == MESSAGE


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b"null", "an object"),
        (b"[]", "an object"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"{}", "discriminator"),
        (b'{"type":"threads.fly","params":{}}', "threads.fly"),
        (b'{"type":"threads.create","params":{}}', "threads.create.params.input: Field required"),
        (b'{"type":"threads.delete","params":{"thread_id":7}}', "threads.delete.params.thread_id"),
    ],
)
def test_what_is_no_request_is_refused_with_the_path_to_the_fault(body: bytes, says: str) -> None:
    """In the words of Pydantic, with the path in the JSON where there is one."""
    with pytest.raises(BadRequest) as refused:
        parse(body, BOUNDS)
    assert says in refused.value.detail


@pytest.mark.parametrize("kind", ["threads.custom_action", "threads.sync_custom_action"])
def test_a_client_can_not_send_an_action_of_the_server(kind: str) -> None:
    """Those whose type begins with `turnstream.`; others may begin like it."""
    with pytest.raises(ReservedAction):
        read(kind, {"thread_id": "thr_1", "action": {"type": "turnstream.approve"}})
    assert read(kind, {"thread_id": "thr_1", "action": {"type": "turnstreams"}})


@pytest.mark.parametrize(
    ("kind", "params"),
    [("threads.create", {}), ("threads.add_user_message", {"thread_id": "thr_1"})],
)
def test_a_message_may_have_so_many_attachments(kind: str, params: dict[str, Any]) -> None:
    """And not one more."""
    request = read(kind, {**params, "input": MESSAGE | {"attachments": ["atc_1", "atc_2"]}})
    assert isinstance(request, ThreadsCreateReq | ThreadsAddUserMessageReq)
    with pytest.raises(Unprocessable, match="2 attachments"):
        read(kind, {**params, "input": MESSAGE | {"attachments": ["atc_1", "atc_2", "atc_3"]}})


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [
        ("Idempotency-Key", "", "1 to 200 printable"),
        ("Idempotency-Key", "x" * 201, "1 to 200 printable"),
        ("Idempotency-Key", "a\tb", "1 to 200 printable"),
        ("Turnstream-When-Busy", "later", "enqueue, reject, interrupt"),
        ("Turnstream-When-Busy", "", "enqueue, reject, interrupt"),
    ],
)
def test_an_unusable_header_is_refused_by_name(header: str, value: str, says: str) -> None:
    """With what may be in it."""
    with pytest.raises(BadRequest) as refused:
        ChatHeaders.model_validate({header: value})
    assert header in refused.value.detail
    assert says in refused.value.detail


def test_headers_say_how_a_request_is_to_be_taken() -> None:
    """Without them, as the deployment has it."""
    none = ChatHeaders.model_validate({})
    assert (none.idempotency_key, none.when_busy, none.resumable) == (None, None, False)

    sent = {
        "Idempotency-Key": "k" * 200,
        "Turnstream-When-Busy": "Reject",
        "Turnstream-Client": "Resumable",
    }
    some = ChatHeaders.model_validate(sent)
    assert some.idempotency_key == "k" * 200
    assert some.when_busy is BusyPolicy.REJECT
    assert some.resumable


def test_text_that_nothing_can_keep_is_replaced() -> None:
    """U+0000 and half of a surrogate pair, in keys too; a whole pair is its character."""
    title = rb"\u0000\ud83d \ud83d\ude00"
    body = b'{"type": "threads.update", "params": {"thread_id": "t", "title": "%s"}}' % title
    assert to_json(parse(body, BOUNDS))["params"]["title"] == "\ufffd\ufffd 😀"
