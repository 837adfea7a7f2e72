"""Rows of the table for what serves and connects: uvicorn, redis, FastStream, SQLAlchemy."""

from tests.unit.coupling.use import GATEWAY, SHARED, STORE, Use

SERVER_NAMES = (
    Use(
        "uvicorn.protocols.http.httptools_impl.HttpToolsProtocol",
        "_unset_keepalive_if_required",
        f"{SHARED}/http/protocol.py",
        "stops the timer of idle connections: uvicorn when data comes, we when a head is whole",
    ),
    Use(
        "uvicorn.protocols.http.httptools_impl.HttpToolsProtocol",
        "_should_upgrade",
        f"{SHARED}/http/protocol.py",
        "overridden: asked behind a head whether it offers another protocol",
    ),
    Use(
        "uvicorn.protocols.http.httptools_impl.HttpToolsProtocol",
        "timeout_keep_alive_handler",
        f"{SHARED}/http/protocol.py",
        "overridden: called by the timer of idle connections, `timeout_keep_alive_task`",
    ),
    Use(
        "uvicorn.protocols.http.httptools_impl",
        "STATUS_LINE",
        f"{SHARED}/http/protocol.py",
        "the first line of an answer by its status",
    ),
    Use(
        "uvicorn.Server",
        "_captured_signals",
        f"{SHARED}/http/server.py",
        "a signal in it is raised again when the server has ended: so does the first SIGTERM",
    ),
    *(
        Use("uvicorn.Server", name, f"{SHARED}/http/server.py", purpose)
        for name, purpose in (
            ("main_loop", "overridden: looks once a second, and at once when woken"),
            ("on_tick", "overridden: ends the server; renews the date at each tenth look"),
            ("handle_exit", "overridden: a signal"),
            ("shutdown", "overridden: closes the port behind everything else"),
        )
    ),
    Use(
        "uvicorn.lifespan.off",
        "LifespanOff",
        f"{SHARED}/http/server.py",
        "stands in for the lifespan that was ended before the port was closed",
    ),
    Use(
        "redis.asyncio.Connection",
        "_writer",
        f"{GATEWAY}/relay/following/subscription.py",
        "the transport of a connection, whose protocol is replaced",
    ),
    Use(
        "redis.asyncio.ConnectionPool",
        "make_connection",
        f"{GATEWAY}/relay/following/subscription.py",
        "a connection outside the pool with the pool's settings",
    ),
    Use(
        "redis.asyncio.SentinelConnectionPool",
        "sentinel_manager",
        f"{SHARED}/redis/client.py",
        "has the clients of the Sentinels, which the pool itself leaves open",
    ),
    Use(
        "redis.commands.core",
        "AsyncScript",
        f"{SHARED}/redis/batched_script.py",
        "made without a client: each call names one",
    ),
    Use(
        "faststream.redis.RedisBroker",
        "get_local",
        f"{SHARED}/redis/broker.py",
        "the message whose handler runs, without a look-up in a thread",
    ),
    Use(
        "faststream.redis.RedisBroker",
        "running",
        f"{SHARED}/redis/broker.py",
        "tells a subscriber that lost its consumer group",
    ),
    Use(
        "faststream.redis.RedisBroker",
        "stream_sub",
        f"{SHARED}/redis/broker.py",
        "tells subscribers that take work from a group",
    ),
    Use(
        "faststream.redis.RedisStreamMessage",
        "raw_message",
        f"{SHARED}/redis/broker.py",
        "the id of a stream entry, which says when it was added",
    ),
    Use(
        "sqlalchemy.engine.Dialect",
        "create_connect_args",
        f"{STORE}/database/address.py",
        "the address in a URL, as asyncpg's own pool wants it",
    ),
    Use(
        "sqlalchemy.engine.AdaptedConnection",
        "run_async",
        f"{STORE}/database/connecting.py",
        "sets asyncpg's codec, so that JSON stays text",
    ),
    Use(
        "sqlalchemy.engine.AdaptedConnection",
        "driver_connection",
        f"{STORE}/database/connecting.py",
        "tells whether the server has closed the connection",
    ),
)
