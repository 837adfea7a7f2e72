"""Keeps the SDK from exporting traces while the support code is tested."""

import os

os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"
