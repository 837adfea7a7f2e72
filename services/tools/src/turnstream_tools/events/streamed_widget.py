"""A widget whose text grows. The widget is sent once, then only the new pieces of its text."""

from collections.abc import Callable

from turnstream.contracts.turns import Json

from turnstream_tools.events import items


class StreamedWidget:
    """One widget item, from `thread.item.added` to `thread.item.done`.

    Its events are built here and emitted by `ToolContext.streamed_widget`.
    """

    def __init__(
        self, build: Callable[[str, bool], Json], component_id: str, item_id: str, thread_id: str
    ) -> None:
        self._build = build
        self._component_id = component_id
        self._item = items.item("widget", item_id, thread_id, widget=build("", True))
        self._text = ""

    def open(self) -> Json:
        """The widget appears, without its text."""
        return items.added(self._item)

    def write(self, piece: str) -> Json:
        """The text grows."""
        self._text += piece
        return self._delta(piece, done=False)

    def close(self) -> list[Json]:
        """The text is complete: the component is told, and the item is done."""
        whole = {**self._item, "widget": self._build(self._text, False), "copy_text": self._text}
        return [self._delta("", done=True), items.done(whole)]

    def _delta(self, delta: str, *, done: bool) -> Json:
        update = {
            "type": "widget.streaming_text.value_delta",
            "component_id": self._component_id,
            "delta": delta,
            "done": done,
        }
        return items.updated(self._item["id"], update)
