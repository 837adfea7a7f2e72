"""Takes keys and credentials out of texts that an operator reads: logs, and the causes of failures.

Libraries and servers quote them. A model server that refuses a key says which, and an address that
does not answer is shown with its password.
"""

import re

REMOVED = "[…]"
"""What stands in the place of a secret."""

_SECRETS = (
    re.compile(r"\b(?:(?:sk|pk|rk|gsk|xai|hf|pplx|nvapi|ghp|github_pat|cksess)[-_]|AIza)"
               r"[\w*-]{12,}"),
    re.compile(r"\bts[ks]_[0-9A-Za-z]{40,}"),  # our own; an id that begins so is shorter
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),  # JSON web tokens
    re.compile(r"(?i)(?<=bearer )[^\s'\",]+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^\s/@]+(?=@)"),  # user:password@ of an address
    re.compile(r"(?i)(?:(?<=key=)|(?<=token=)|(?<=secret=)|(?<=password=)|(?<=signature=)"
               r"|(?<=sig=))[^\s&'\"]+"),
    re.compile(r"(?i)(?<=api key provided: )\S+"),
)  # fmt: skip


def without_secrets(text: str) -> str:
    """The text without keys, tokens and passwords that can be told by their form."""
    for secret in _SECRETS:
        text = secret.sub(REMOVED, text)
    return text
