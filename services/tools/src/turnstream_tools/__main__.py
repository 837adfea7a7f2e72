"""`python -m turnstream_tools` runs the tools service."""

import uvicorn
from turnstream import gc_tuning, telemetry

from turnstream_tools.app import create_app
from turnstream_tools.settings import ToolsSettings


def main() -> None:
    """Serve until SIGTERM, then let running calls end."""
    settings = ToolsSettings()
    telemetry.set_up("tools", settings)
    app = create_app(settings)
    gc_tuning.freeze_startup_objects()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.health_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
