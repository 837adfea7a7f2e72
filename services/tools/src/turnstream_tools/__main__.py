"""`python -m turnstream_tools` runs the tools service."""

from datetime import timedelta

from turnstream.serve import exit_on_bad_settings, read_settings, serve

from turnstream_tools.app import create_app
from turnstream_tools.settings import ToolsSettings

HEALTH_GRACE = timedelta(seconds=2)
"""For open health checks. Running calls have `DRAIN`, which comes after."""


def main() -> None:
    """Serve until SIGTERM, then let running calls end."""
    settings = read_settings("tools", ToolsSettings)
    with exit_on_bad_settings("tools"):
        app = create_app(settings)
    serve(app, settings.host, settings.health_port, grace=HEALTH_GRACE)


if __name__ == "__main__":
    main()
