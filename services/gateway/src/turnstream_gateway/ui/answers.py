"""How assets and pages are answered: how long a browser may keep them, what pages may do."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from turnstream_gateway.ui.assets import Asset, Assets

_FOR_EVER = "public, max-age=31536000, immutable"
"""A year: an address with a version never has other bytes."""
_ASK_AGAIN = "no-cache"
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'"
)
"""What a page of ours may do: nothing inline, and nothing from elsewhere."""
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
_SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Pages of other origins load the element by a module script, which asks for CORS."""


def versioned(request: Request, assets: Assets, version: str, name: str) -> Response | None:
    """A file under its version; None where there is none.

    A page that another version served asks for that version's files: it gets ours, by another
    address, rather than nothing.
    """
    if version != assets.version:
        return to_version(assets, f"{version}/{name}".partition("/")[2], request)
    asset = assets.files.get(name)
    return None if asset is None else _file(request, asset, _FOR_EVER)


def to_version(assets: Assets, name: str, request: Request) -> Response | None:
    """The way from an address without a version to the one that can be kept."""
    if name not in assets.files:
        return None
    address = request.url_for("ui_asset", version=assets.version, name=name)
    where = address.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(where, 307, headers={"Cache-Control": _ASK_AGAIN, **_SHARED})


def page(assets: Assets, name: str, ui: str, **values: str) -> Response:
    """A page of ours, with values in its places."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": _ASK_AGAIN, **_HARMLESS}
    return Response(assets.page(name, ui, **values), media_type="text/html", headers=headers)


def _file(request: Request, asset: Asset, keep: str) -> Response:
    page = asset.media_type.startswith("text/html")
    headers = {
        "ETag": asset.etag,
        "Cache-Control": keep,
        "Vary": "Accept-Encoding",
        **_HARMLESS,
        **({"Content-Security-Policy": PAGE_POLICY} if page else _SHARED),
    }
    if asset.media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = PAGE_POLICY
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed,
            media_type=asset.media_type,
            headers={**headers, "Content-Encoding": "gzip"},
        )
    return Response(asset.content, media_type=asset.media_type, headers=headers)
