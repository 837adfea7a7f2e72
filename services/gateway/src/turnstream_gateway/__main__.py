"""`python -m turnstream_gateway` serves ChatKit requests until it is told to stop."""

import sys

import uvicorn
from pydantic import ValidationError
from turnstream import gc_tuning, telemetry
from turnstream.http.http_protocol import HttpProtocol

from turnstream_gateway.app import create_app
from turnstream_gateway.settings import GatewaySettings

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h): starting again does not help."""


def main() -> None:
    """Serve; exit with status 78 and the reason when a setting can't be used."""
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        for problem in error.errors():
            print(f"gateway: {problem['msg']}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    telemetry.set_up("gateway", settings)
    app = create_app(settings, stopping=lambda: server.should_exit)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            http=HttpProtocol,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(settings.shutdown_grace.total_seconds()),
        )
    )
    gc_tuning.freeze_startup_objects()
    server.run()


if __name__ == "__main__":
    main()
