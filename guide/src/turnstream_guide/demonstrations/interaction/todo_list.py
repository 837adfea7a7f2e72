"""A to-do list that is edited in its widget: forms, validated edits, and no edit that is lost.

The entries live in the thread's metadata, one key each, and the widget is drawn from them: the
list survives a reload, and an old widget of it works like a new one. Every edit is a turn, so the
edits of a thread come one after the other, from however many tabs. Each names one entry, never the
whole list: edits of different entries can't overwrite each other. Of two edits of one entry the
last wins, and its author is told what it replaced. A click that came twice changes nothing.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from agents import Tool, function_tool
from chatkit.actions import Action
from chatkit.types import NoticeEvent, ThreadItemReplacedEvent, WidgetItem
from pydantic import BaseModel, StringConstraints

from turnstream_guide.actions import ActionRefused
from turnstream_guide.cards.cards import clicked, replaced, summary_output
from turnstream_guide.cards.todos import (
    KIND,
    MAX_TITLE,
    MAX_TODOS,
    Todo,
    append,
    as_text,
    discard,
    edit_card,
    put,
    todo_card,
    todos_of,
)
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.turn import Events, Turn

TodoId = Annotated[str, StringConstraints(pattern=r"^\w{1,64}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE)]


class NewEntry(BaseModel):
    """The form names the entry that it will make: submitted twice, it makes one."""

    id: TodoId
    title: Title


class EntryReference(BaseModel):
    """An entry."""

    id: TodoId


class EntryMark(EntryReference):
    """The wanted state, not a change of it: the same click twice gives the same state."""

    done: bool


class Renaming(EntryReference):
    """An edit with the title that the author saw, to notice another edit in between."""

    was: Annotated[str, StringConstraints(max_length=MAX_TITLE)]
    title: Title


Add = Action[Literal["todos.add"], NewEntry]
Done = Action[Literal["todos.done"], EntryMark]
Edit = Action[Literal["todos.edit"], EntryReference]
Rename = Action[Literal["todos.rename"], Renaming]
Show = Action[Literal["todos.show"], Any]
Remove = Action[Literal["todos.remove"], EntryReference]


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that shows the list, with new entries if there are any."""
    _ = turn.translate

    @function_tool
    async def todo_list(ctx: RunContext, new_entries: str) -> str:
        """Show the user's to-do list, after adding entries to it.

        Args:
            new_entries: What to add, one entry a line. Empty to only show the list.
        """
        titles = [line.strip()[:MAX_TITLE] for line in new_entries.splitlines() if line.strip()]
        room = MAX_TODOS - len(todos_of(turn.thread))
        for title in titles[:room]:
            append(turn.thread, ctx.context.generate_id("task"), title)
        # Before the call is recorded as done: a second attempt replays it without running it.
        await turn.store.save_thread(turn.thread, turn.context)
        widget = todo_card(_, turn.thread, ctx.context.generate_id("task"))
        await ctx.context.stream_widget(widget, as_text(turn.thread))
        full = _("The list is full now; not everything fitted.")
        return summary_output(full if len(titles) > room else _("Here is your list."))

    return [todo_list]


async def add(action: Add, turn: Turn) -> Events:
    """Add an entry, unless the same submission has added it already."""
    sender, todos, new = clicked(turn, KIND), todos_of(turn.thread), action.payload
    same = todos.get(new.id)
    if same is None or same.title != new.title:
        if len(todos) >= MAX_TODOS:
            full = turn.translate("The list is full: it holds {count} entries.")
            raise ActionRefused(full.format(count=MAX_TODOS))
        # Another tab may have used the same id for an entry of its own.
        append(turn.thread, new.id if same is None else _new_id(turn), new.title)
    yield _drawn(turn, sender)


async def mark(action: Done, turn: Turn) -> Events:
    """Mark an entry as done, or as not done."""
    sender, todo = clicked(turn, KIND), _entry(turn, action.payload.id)
    put(turn.thread, todo.model_copy(update={"done": action.payload.done}))
    yield _drawn(turn, sender)


async def edit(action: Edit, turn: Turn) -> Events:
    """Show the form for one entry."""
    sender, todo = clicked(turn, KIND), _entry(turn, action.payload.id)
    yield replaced(sender, edit_card(turn.translate, todo), as_text(turn.thread))


async def rename(action: Rename, turn: Turn) -> Events:
    """Give an entry another title; when it changed meanwhile, say what was replaced."""
    _, new = turn.translate, action.payload
    sender, todo = clicked(turn, KIND), _entry(turn, new.id)
    put(turn.thread, todo.model_copy(update={"title": new.title}))
    yield _drawn(turn, sender)
    if todo.title not in (new.was, new.title):
        text = _('The entry had been changed to "{theirs}" meanwhile. Yours replaced it.')
        yield NoticeEvent(level="info", message=text.format(theirs=todo.title))


async def show(action: Show, turn: Turn) -> Events:
    """Draw the list as it is now."""
    sender = clicked(turn, KIND)
    yield _drawn(turn, sender)


async def remove(action: Remove, turn: Turn) -> Events:
    """Remove an entry. Nothing happens when it is gone already."""
    sender = clicked(turn, KIND)
    discard(turn.thread, action.payload.id)
    yield _drawn(turn, sender)


def _entry(turn: Turn, todo_id: str) -> Todo:
    todo = todos_of(turn.thread).get(todo_id)
    if todo is None:
        raise ActionRefused(turn.translate("This entry is not on the list any more."))
    return todo


def _new_id(turn: Turn) -> str:
    return turn.store.generate_item_id("task", turn.thread, turn.context)


def _drawn(turn: Turn, sender: WidgetItem) -> ThreadItemReplacedEvent:
    widget = todo_card(turn.translate, turn.thread, _new_id(turn))
    return replaced(sender, widget, as_text(turn.thread))


DEMONSTRATION = Demonstration(
    tools=tools,
    actions={Add: add, Done: mark, Edit: edit, Rename: rename, Show: show, Remove: remove},
    instructions="When the user wants a to-do list or something on it, call todo_list once with "
    "all new entries. The user edits the list in its widget; you can only add to it.",
)
