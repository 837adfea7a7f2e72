"""The graph as a ChatKit server."""

from collections.abc import AsyncIterator

from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream import recorded_stream
from turnstream.contracts.turns import RequestContext

from my_app.graph import Graph, Piece, answer, build, chat_model
from my_app.thread import conversation, shown


class GraphServer(ChatKitServer[RequestContext]):
    """Answers each message by a run of the graph."""

    def __init__(self, store: Store[RequestContext], graph: Graph) -> None:
        super().__init__(store)
        self._graph = graph

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message. After a crash this is called again: an answer that had ended
        is shown as it was recorded, and one that was cut off is asked for again.
        """
        said = await conversation(self.store, thread, context)
        pieces = recorded_stream(
            "answer", lambda: answer(self._graph, said, context.user_id), returns=Piece
        )
        async for event in shown(pieces, self.store, thread, context):
            yield event


def create(store: Store[RequestContext]) -> GraphServer:
    """What `ASSISTANT` names. It is called once in each worker, with a store that is durable."""
    return GraphServer(store, build(chat_model()))
