"""`python -m tools` runs the tools service."""

import uvicorn
from turnstream import garbage, telemetry

from tools.app import create_app
from tools.settings import ToolsSettings


def main() -> None:
    """Serve until SIGTERM, then let running calls end."""
    settings = ToolsSettings()
    telemetry.set_up("tools", settings)
    app = create_app(settings)
    garbage.settle()
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
