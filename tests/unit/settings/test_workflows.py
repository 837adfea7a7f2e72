"""`WORKFLOWS` is read once, the same way in every service, and a bad entry names itself."""

import pytest
from pydantic import ValidationError
from turnstream.workflows import is_known
from turnstream_gateway.settings import GatewaySettings
from turnstream_worker.settings import WorkerSettings


@pytest.mark.parametrize("settings", [GatewaySettings, WorkerSettings])
def test_each_workflow_names_a_factory(
    settings: type[GatewaySettings | WorkerSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gateway and worker read the same setting; blanks and a last comma do no harm."""
    monkeypatch.setenv("WORKFLOWS", "wf_sales=sales.app:create, wf_help-2 = help:make,")
    found = settings().workflows
    assert found == {"wf_sales": "sales.app:create", "wf_help-2": "help:make"}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("wf_sales", "'wf_sales' is not of the form wf_name=module:factory"),
        ("wf_sales=sales", "'wf_sales=sales' is not of the form"),
        ("wf_sales=../sales:create", "is not of the form"),
        ("wf_sales=sales:create()", "is not of the form"),
        ("=sales:create", "'=sales:create': the name of a workflow has 1 to 64 letters"),
        ("wf sales=sales:create", "the name of a workflow has 1 to 64 letters"),
        (f"{'w' * 65}=sales:create", "the name of a workflow has 1 to 64 letters"),
        ("wf_help=other:create", "'wf_help=other:create': there is a workflow wf_help already"),
    ],
)
def test_a_bad_entry_names_itself(
    entry: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No service starts with it."""
    monkeypatch.setenv("WORKFLOWS", f"wf_help=help:make,{entry}")
    with pytest.raises(ValidationError) as raised:
        WorkerSettings()
    assert problem in str(raised.value)


def test_one_assistant_has_every_workflow_until_some_are_named() -> None:
    """A deployment of one assistant takes sessions of any workflow."""
    assert is_known("wf_any", {})
    assert is_known("wf_help", {"wf_help": "help:make"})
    assert not is_known("wf_any", {"wf_help": "help:make"})
