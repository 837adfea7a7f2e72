"""The assistants of a deployment by their names: `WORKFLOWS=wf_abc=module:factory,…`.

A session names one by its `workflow.id`, a tenant by its setting `assistant`. The gateway needs the
names, the worker loads the assistants.
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def parse_workflows(value: object) -> object:
    """The factories by workflow. Raises `ValueError` that names the entry that can't be used."""
    if not isinstance(value, str):
        return value
    found: dict[str, str] = {}
    for entry in filter(None, (each.strip() for each in value.split(","))):
        name, equals, factory = (each.strip() for each in entry.partition("="))
        if not equals or not _FACTORY.fullmatch(factory):
            raise ValueError(f"{entry!r} is not of the form wf_name=module:factory")
        if not _ID.fullmatch(name):
            raise ValueError(
                f"{entry!r}: the name of a workflow has 1 to 64 letters, digits, _ and -"
            )
        if name in found:
            raise ValueError(f"{entry!r}: there is a workflow {name} already")
        found[name] = factory
    return found


Workflows = Annotated[Mapping[str, str], NoDecode, BeforeValidator(parse_workflows)]
"""The type of the setting: workflow -> `module:factory`."""


def is_known(workflow: str, workflows: Mapping[str, str]) -> bool:
    """True for a workflow that this deployment has. Where none is named, one assistant has all."""
    return not workflows or workflow in workflows
