"""`python -m turnstream_tools` runs the tools service."""

from turnstream.process import app_path, gc_tuning


def main() -> None:
    """Serve until SIGTERM, then let running calls end."""
    gc_tuning.wait_for_startup()
    with (
        app_path.AppFoldersLast()
    ):  # a file beside the tools must not be imported in place of what is ours
        from datetime import timedelta

        from turnstream.http.server import ServerOptions
        from turnstream.process.bad_settings import exit_on_bad_settings
        from turnstream.process.serve import read_settings, serve

        from turnstream_tools.settings import ToolsSettings

    settings = read_settings("tools", ToolsSettings)
    with app_path.AppFoldersLast():  # what it warns of when it is imported is logged
        from turnstream_tools.app import create_app

    with exit_on_bad_settings("tools"):
        app = create_app(settings)
    # For open health checks. Running calls have `DRAIN`, which comes before.
    grace = timedelta(seconds=2)
    serve(app, ServerOptions(settings.host, settings.health_port, grace, listens_while_ending=True))


if __name__ == "__main__":
    main()
