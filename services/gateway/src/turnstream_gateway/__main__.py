"""`python -m turnstream_gateway` serves ChatKit requests until it is told to stop."""

from turnstream.process import app_path, gc_tuning


def main() -> None:
    """Serve; after SIGTERM open answers may go on for `SHUTDOWN_GRACE`."""
    gc_tuning.wait_for_startup()
    with (
        app_path.AppFoldersLast()
    ):  # a file of an app must not be imported in place of what is ours
        from turnstream.http.server import ServerOptions
        from turnstream.process.bad_settings import exit_on_bad_settings
        from turnstream.process.serve import read_settings, serve

        from turnstream_gateway.settings import GatewaySettings

    settings = read_settings("gateway", GatewaySettings)
    with app_path.AppFoldersLast():  # what it warns of when it is imported is logged
        from turnstream_gateway.app import create_app

    with exit_on_bad_settings("gateway"):
        app = create_app(settings)
    listening = ServerOptions(
        settings.host,
        settings.port,
        grace=settings.shutdown_grace,
        delay=settings.shutdown_delay,
        health_port=settings.health_port,
        keep_alive=settings.keep_alive,
        proxies=settings.trusted_proxies,
    )
    serve(app, listening, metrics_key=settings.metrics_key)


if __name__ == "__main__":
    main()
