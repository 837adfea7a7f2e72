"""Redis, Postgres and files that tests run on: plain, replicated, and in containers."""
