"""The bounds of settings: nothing below 0, and what `0` means stands in the page of settings."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from checks.settings_page import SECTIONS, of

_SAYS_ZERO = re.compile(r"`0`|\b0 ")


AT_ONCE = {
    *("audit_retention", "outbox_retention", "usage_retention", "weather_cache"),
    *("disconnect_grace", "drain", "shutdown_grace", "task_timeout", "store_retry_timeout"),
    *("retry_backoff", "retry_backoff_limit", "retry_after_limit", "retry_limit"),
    *("demo_token_delay", "flush_window", "jwt_leeway"),
}
"""Lengths of time that may be 0, as the page says of all: nothing is kept, nobody
waits, clocks must agree. Any other says what it means, or is refused."""


def kinds_of(annotation: Any) -> set[type]:
    """The types of an annotation, without what pydantic checks of them."""
    if get_origin(annotation) is Annotated:
        return kinds_of(get_args(annotation)[0])
    parts = [kinds_of(each) for each in get_args(annotation)]
    return set.union(*parts) if parts else {annotation}


def measured() -> Iterator[Any]:
    """Every setting of a number or a length of time, of every service."""
    seen = set()
    for settings, _ in SECTIONS.values():
        for name, field in settings.model_fields.items():
            if kinds_of(field.annotation) & {int, float, timedelta} and name not in seen:
                seen.add(name)
                yield pytest.param(settings, name, field, id=name)


def takes(field: FieldInfo, value: str) -> bool:
    checked: Any = field.annotation
    for each in field.metadata:
        checked = Annotated[checked, each]
    adapter: TypeAdapter[Any] = TypeAdapter(checked)
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def test_there_are_such_settings() -> None:
    """Of each kind."""
    assert {"slots", "lease", "max_body", "port"} <= {str(each.id) for each in measured()}


@pytest.mark.parametrize("value", ["-1", "-1s", "-PT1S", "-0.5"])
@pytest.mark.parametrize(("settings", "name", "field"), list(measured()))
def test_nothing_is_less_than_nothing(
    settings: type[BaseSettings], name: str, field: FieldInfo, value: str
) -> None:
    """A service that is given such a number names the setting, and does not start."""
    assert not takes(field, value), f"{settings.__name__}.{name} takes {value}"


@pytest.mark.parametrize(("settings", "name", "field"), list(measured()))
def test_what_nothing_means_is_said(
    settings: type[BaseSettings], name: str, field: FieldInfo
) -> None:
    """Where `0` is taken: off, at once, or none at all."""
    [meaning] = [each.meaning for each in of(settings) if each.name == name.upper()]
    if takes(field, "0"):
        is_said = _SAYS_ZERO.search(meaning)
        assert is_said or (name in AT_ONCE and kinds_of(field.annotation) & {timedelta}), meaning
