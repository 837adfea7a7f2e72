"""Imports in memory."""

from turnstream.contracts.operating.imports import ImportOutcome, ImportThread, ThreadImported
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile
from turnstream.errors import NotFound, ThreadTaken
from turnstream.store_client.imports import Imports
from turnstream.testing.memory.records import Attachment, File, Thread
from turnstream.testing.memory.state import State


class MemoryImports(Imports):
    """Threads that come from elsewhere."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def thread(
        self, owner: Owner, command: ImportThread, actor: Actor | None = None
    ) -> ThreadImported:
        self._check(owner, command)
        known = self._state.threads.get(command.thread_id)
        if known is not None and self._is_used(known):
            return ThreadImported(outcome=ImportOutcome.UNCHANGED, items=0)
        thread = known or Thread(command.thread_id, owner, command.created_at)
        there = thread.items.keys() | thread.deleted.keys()
        new = [item for item in command.items if item.item_id not in there]
        if known is None:
            status = command.status.model_dump(exclude_none=True)
            titled = {} if command.title is None else {"title": command.title}
            thread.fields = {**titled, "status": status}
            self._state.threads[thread.id] = thread
        elif not new:
            return ThreadImported(outcome=ImportOutcome.UNCHANGED, items=0)
        for item in new:
            self._state.add_item(thread, item.model_copy(update={"seq": None}))
        self._attach(owner, command)
        self._state.audit.tell(Action.THREAD_IMPORTED, actor, owner, thread.id)
        outcome = ImportOutcome.IMPORTED if known is None else ImportOutcome.EXTENDED
        return ThreadImported(outcome=outcome, items=len(new))

    async def file(self, owner: Owner, command: ReserveFile) -> bool:
        file = self._state.files.setdefault(command.key, File(owner, command.size))
        if file.owner != owner:
            raise ThreadTaken(f"The file {command.key} is somebody else's.")
        if file.uploaded and file.thread_id is not None:
            return False
        file.size = command.size
        return True

    def _check(self, owner: Owner, command: ImportThread) -> None:
        thread = self._state.threads.get(command.thread_id)
        if thread is not None and thread.owner != owner:
            raise ThreadTaken(f"The thread {command.thread_id} is somebody else's.")
        for each in command.attachments:
            attachment_id = each.attachment.attachment_id
            attachment = self._state.attachments.get(attachment_id)
            if attachment is not None and attachment.owner != owner:
                raise ThreadTaken(f"The attachment {attachment_id} is somebody else's.")
            file = self._state.files.get(each.file_key or "")
            if each.file_key is not None and (file is None or file.owner != owner):
                raise NotFound(f"There is no file {each.file_key}.")

    def _is_used(self, thread: Thread) -> bool:
        turns = any(turn.thread_id == thread.id for turn in self._state.turns.values())
        return turns or any(item.turn_id is not None for item in thread.items.values())

    def _attach(self, owner: Owner, command: ImportThread) -> None:
        for each in command.attachments:
            stored, key = each.attachment, each.file_key
            new = Attachment(owner, stored.payload, stored.public, command.thread_id, key)
            self._state.attachments.setdefault(stored.attachment_id, new)
            if key is not None:
                file = self._state.files[key]
                file.uploaded, file.thread_id = True, command.thread_id
