"""A to-do list: its entries in the thread's metadata, and the widget that shows them."""

from chatkit.types import ThreadMetadata
from chatkit.widgets import DynamicWidgetRoot
from pydantic import BaseModel, ConfigDict, Field
from turnstream.i18n import Translate

from turnstream_guide.cards.cards import Node, card

KIND = "todos"
KEY = "todo:"
MAX_TODOS = 20
"""A list that still fits on a screen."""
MAX_TITLE = 120
"""Characters of an entry: a line or two of the card."""


class Todo(BaseModel):
    """One entry as the thread keeps it."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    id: str
    title: str
    done: bool = False
    seq: int = Field(alias="place")
    """Its order in the list."""


def todos_of(thread: ThreadMetadata) -> dict[str, Todo]:
    """The entries of a thread by id, in the order in which they were added."""
    kept = [Todo.model_validate(v) for k, v in thread.metadata.items() if k.startswith(KEY)]
    return {todo.id: todo for todo in sorted(kept, key=lambda todo: (todo.seq, todo.id))}


def append(thread: ThreadMetadata, todo_id: str, title: str) -> None:
    """Add an entry at the end."""
    last = max((todo.seq for todo in todos_of(thread).values()), default=0)
    put(thread, Todo(id=todo_id, title=title, seq=last + 1))


def put(thread: ThreadMetadata, todo: Todo) -> None:
    """Add an entry, or replace the earlier one of the same id."""
    thread.metadata[f"{KEY}{todo.id}"] = todo.model_dump(by_alias=True)


def discard(thread: ThreadMetadata, todo_id: str) -> None:
    """Take an entry off the list, if it is on it."""
    thread.metadata.pop(f"{KEY}{todo_id}", None)


def as_text(thread: ThreadMetadata) -> str:
    """The list as Markdown, for copying and for the model."""
    todos = todos_of(thread).values()
    return "\n".join(f"- [{'x' if todo.done else ' '}] {todo.title}" for todo in todos)


def todo_card(_: Translate, thread: ThreadMetadata, new_id: str) -> DynamicWidgetRoot:
    """The list with a form for a new entry, which will be called `new_id`."""
    todos = list(todos_of(thread).values())
    done = _("{done} of {count} done")
    count = done.format(done=sum(todo.done for todo in todos), count=len(todos))
    rows = [_row(_, todo) for todo in todos]
    form = [] if len(todos) >= MAX_TODOS else [_add_form(_, new_id)]
    title = {"type": "Title", "value": _("To-do list"), "size": "sm"}
    return card(KIND, title, {"type": "Caption", "value": count}, *rows, *form)


def edit_card(_: Translate, todo: Todo) -> DynamicWidgetRoot:
    """The card as a form: its own buttons confirm and cancel, and carry the field along."""
    known = {"id": todo.id, "was": todo.title}
    return card(
        KIND,
        {"type": "Title", "value": _("Edit an entry"), "size": "sm"},
        {"type": "Input", "name": "title", "defaultValue": todo.title, "required": True},
        asForm=True,
        confirm={"label": _("Save"), "action": {"type": "todos.rename", "payload": known}},
        cancel={"label": _("Cancel"), "action": {"type": "todos.show"}},
    )


def _row(_: Translate, todo: Todo) -> Node:
    which = {"id": todo.id}
    icon = "check-circle-filled" if todo.done else "empty-circle"
    wanted = which | {"done": not todo.done}
    text = {"type": "Text", "value": todo.title, "lineThrough": todo.done}
    children = [
        _button("todos.done", wanted, iconStart=icon, uniform=True),
        text,
        {"type": "Spacer"},
        _button("todos.edit", which, label=_("Edit")),
        _button("todos.remove", which, label=_("Remove")),
    ]
    return {"type": "Row", "key": todo.id, "align": "center", "children": children}


def _button(action: str, payload: Node, **looks: object) -> Node:
    on_click = {"type": action, "payload": payload}
    return {"type": "Button", "variant": "ghost", "size": "sm", "onClickAction": on_click, **looks}


def _add_form(_: Translate, new_id: str) -> Node:
    field = {"type": "Input", "name": "title", "required": True, "placeholder": _("A new entry")}
    return {
        "type": "Form",
        "direction": "row",
        "onSubmitAction": {"type": "todos.add", "payload": {"id": new_id}},
        "children": [field, {"type": "Button", "label": _("Add"), "submit": True}],
    }
