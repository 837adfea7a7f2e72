"""Embedded Valkey and Postgres and a process supervisor: what make up and the tests stand on."""
