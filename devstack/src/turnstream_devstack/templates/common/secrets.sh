#!/bin/sh
# Make the secrets that compose.yaml asks for and that .env does not have yet: sh secrets.sh >> .env
for name in INTERNAL_KEY URL_SIGNING_KEY WEBHOOK_KEYS POSTGRES_PASSWORD; do
    grep -qs "^$name=." .env || printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
done
