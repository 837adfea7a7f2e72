"""The requests that the small server answers with a document."""

from typing import Any
from uuid import uuid4

from aiohttp import web

from .small_threads import CARELESS, Json, Refusal, Spoil, Thread, Turn, page, raise_if


class Documents:
    """Holds what the server knows. `fault` is the rule that it breaks."""

    def __init__(self, fault: str = "", spoil: Spoil | None = None, token: str = "") -> None:
        self.fault = fault
        self.url = ""
        self._spoil = spoil or (lambda kind, answer: answer)
        self._token = token
        self._threads: dict[str, Thread] = {}
        self._files: set[str] = set()
        self._turns: dict[str, Turn] = {}
        self._keys: dict[str, Turn] = {}

    def _owner(self, http: web.Request) -> str:
        return http.headers.get("X-User-Id", "anonymous")

    def _thread(self, http: web.Request, params: Json, rule: str = "isolation.read") -> Thread:
        thread = self._threads.get(params["thread_id"])
        if thread is None:
            raise Refusal(500 if self.fault in CARELESS else 404)
        if thread.owner != self._owner(http) and self.fault != rule:
            raise Refusal(404)
        return thread

    def _item(self, thread: Thread, item_id: str | None, kind: str) -> Json:
        item = thread.items.get(item_id or "")
        if item is None or item["type"] != kind:
            raise Refusal(500 if self.fault == "errors.unknown-item" else 404)
        return item

    def get_by_id(self, http: web.Request, params: Json) -> Json:
        thread = self._thread(http, params)
        return thread.document() | {"items": page(list(thread.items.values()), 20, "asc", None)}

    def list_threads(self, http: web.Request, params: Json) -> Json:
        everybody = self.fault == "isolation.list"
        mine = [t for t in self._threads.values() if everybody or t.owner == self._owner(http)]
        return self._page([thread.document() for thread in mine], params)

    def list_items(self, http: web.Request, params: Json) -> Json:
        items = list(self._thread(http, params).items.values())
        after = params.get("after")
        if after and self.fault == "paging.foreign-cursor":
            others = [t for t in self._threads.values() if after in t.items]
            items = list(others[0].items.values())
        return self._page(items, params)

    def _page(self, rows: list[Json], params: Json) -> Json:
        limit, order = params.get("limit", 20), params.get("order", "desc")
        wrong = type(limit) is not int or limit < 1 or order not in ("asc", "desc")
        raise_if(wrong, 500 if self.fault == "paging.odd-limits" else 422)
        after = params.get("after")
        if after is not None and after not in [row["id"] for row in rows]:
            raise_if(self.fault != "paging.unknown-cursor", 404)
            after = None
        return page(rows, limit, order, after)

    def update(self, http: web.Request, params: Json) -> Json:
        thread = self._thread(http, params, "isolation.write")
        thread.title = params["title"]
        return thread.document()

    def delete(self, http: web.Request, params: Json) -> Json:
        thread = self._thread(http, params)
        if self.fault != "threads.delete":
            del self._threads[thread.id]
        return {}

    def feedback(self, http: web.Request, params: Json) -> Json:
        thread = self._thread(http, params)
        known = all(each in thread.items for each in params["item_ids"])
        raise_if(not known and self.fault != "feedback.unknown-item", 404)
        raise_if(self.fault == "feedback.accepted", 500)
        return {}

    def create_attachment(self, http: web.Request, params: Json) -> Json:
        file = f"atc_{uuid4().hex}"
        self._files.add(file)
        upload = {"url": f"{self.url}/upload", "method": "PUT", "headers": {}}
        return {"id": file, "type": "file", "upload_descriptor": upload, **params}

    def delete_attachment(self, http: web.Request, params: Json) -> Json:
        if self.fault != "attachments.delete":
            self._files.discard(params["attachment_id"])
        return {}

    def transcribe(self, http: web.Request, params: Json) -> Json:
        return {} if self.fault == "transcribe.answered" else {"text": ""}

    def sync_action(self, http: web.Request, params: Json) -> Any:
        self._thread(http, params)
        raise_if(self.fault == "action.sync-unknown", 500)
        return {}
