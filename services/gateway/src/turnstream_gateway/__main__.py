"""`python -m turnstream_gateway` serves ChatKit requests until it is told to stop."""

from turnstream import app_path


def main() -> None:
    """Serve; after SIGTERM open answers may go on for `SHUTDOWN_GRACE`."""
    with app_path.Last():  # a file of an app must not be imported in place of what is ours
        from turnstream.serve import exit_on_bad_settings, read_settings, serve

        from turnstream_gateway.app import create_app
        from turnstream_gateway.settings import GatewaySettings

    settings = read_settings("gateway", GatewaySettings)
    with exit_on_bad_settings("gateway"):
        app = create_app(settings)
    serve(
        app,
        settings.host,
        settings.port,
        grace=settings.shutdown_grace,
        proxies=settings.trusted_proxies,
    )


if __name__ == "__main__":
    main()
