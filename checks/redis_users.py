"""`checks.redis_users [file]` writes the ACL users of a deployment's Redis.

Where a password belongs stands the name of a variable, for `envsubst` and for docker compose.
"""

import sys
from pathlib import Path

from turnstream.redis.access import RULES, users_file

FILE = Path("deploy/redis/users.acl")


def main() -> None:
    """Write the file: `deploy/redis/users.acl` unless another one is named."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(template())


def template() -> str:
    """The file, with `${REDIS_PASSWORD_GATEWAY}` and so on for the passwords."""
    names = {service: service.upper().replace("-", "_") for service in RULES}
    return users_file({service: f">${{REDIS_PASSWORD_{name}}}" for service, name in names.items()})


if __name__ == "__main__":
    main()
