"""A server with the S3 API, and a bucket of its own for each test that asks for one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

SECRET = "test"  # the server takes any
REGION = "us-east-1"


class Bucket:
    """A bucket, as an operator names it to the services."""

    def __init__(self, endpoint: str) -> None:
        self.name = f"chat-{uuid.uuid4().hex[:8]}"
        self.url = f"s3://{self.name}/some/prefix"
        self.credentials = {
            "AWS_ACCESS_KEY_ID": SECRET,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT": endpoint,
            "AWS_ALLOW_HTTP": "true",
        }
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=SECRET,
            aws_secret_access_key=SECRET,
        )
        self._client.create_bucket(Bucket=self.name)

    def keys(self) -> list[str]:
        """What is in the bucket."""
        found = self._client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return [each["Key"] for each in found]


@contextmanager
def s3_bucket() -> Iterator[Bucket]:
    """A new bucket on a server of its own, for a block's time."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Bucket(f"http://{host}:{port}")
    finally:
        server.stop()
