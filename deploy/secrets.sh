#!/bin/sh
# Make the secrets that docker-compose.yml asks for and that .env does not have yet:
#   sh deploy/secrets.sh >> .env
for name in INTERNAL_KEY URL_SIGNING_KEY CREDENTIAL_KEYS WEBHOOK_KEYS POSTGRES_PASSWORD STORE_POSTGRES_PASSWORD \
    REDIS_PASSWORD_GATEWAY REDIS_PASSWORD_AGENT_WORKER REDIS_PASSWORD_TOOLS REDIS_PASSWORD_STORE; do
    grep -qs "^$name=." .env || printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
done
