# One file for every service: docker build --build-arg SERVICE=store|tools|agent-worker|gateway .
ARG PYTHON=3.13
ARG UV=0.9
ARG SERVICE=unnamed

FROM ghcr.io/astral-sh/uv:${UV} AS uv

# What a stage below reads of this repository: a change of code leaves what is made from manifests.
FROM scratch AS manifests
COPY pyproject.toml uv.lock /
COPY shared/pyproject.toml /shared/
COPY services/store/pyproject.toml /services/store/
COPY services/tools/pyproject.toml /services/tools/
COPY services/agent-worker/pyproject.toml /services/agent-worker/
COPY services/gateway/pyproject.toml /services/gateway/
COPY guide/pyproject.toml /guide/
COPY devstack/pyproject.toml /devstack/

FROM scratch AS sources
COPY --from=manifests / /
COPY LICENSE /
COPY shared /shared
COPY services /services
COPY guide /guide
COPY docs/guides /docs/guides

# Packages of others that all services have: layers that the four images share.
FROM python:${PYTHON}-slim AS shared
# The slim image leaves out the bytecode of the standard library, and the service's user could not
# keep it: each health check would compile it anew.
RUN python -m compileall -q -x '/(test|tests|site-packages|dist-packages)/' "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
# For uv, in this stage and all that stand on it. Bytecode that goes by the time of its file is left
# as it is by a later stage; any other would be written into each layer again.
ARG UV_COMPILE_BYTECODE=1
ARG PYC_INVALIDATION_MODE=TIMESTAMP
ARG UV_LINK_MODE=copy
ARG UV_PYTHON_DOWNLOADS=never
ARG UV_PROJECT_ENVIRONMENT=/venv
WORKDIR /src
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv --mount=from=manifests,target=/src \
    --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --package turnstream-core

FROM shared AS store
ARG PACKAGE=turnstream-store
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv --mount=from=manifests,target=/src \
    --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --inexact --package "$PACKAGE"

FROM shared AS gateway
ARG PACKAGE=turnstream-gateway
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv --mount=from=manifests,target=/src \
    --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --inexact --package "$PACKAGE"

# The two services that run an app's code bring the bundled one along.
FROM shared AS app
ARG PACKAGE=turnstream-guide
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv --mount=from=manifests,target=/src \
    --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --inexact --package "$PACKAGE"

FROM app AS agent-worker

FROM app AS tools

FROM shared AS unnamed
RUN echo "Say which service: --build-arg SERVICE=store|tools|agent-worker|gateway" >&2; exit 1

FROM ${SERVICE}
ARG SERVICE
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv --mount=from=sources,target=/src \
    --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-editable --inexact --package "$PACKAGE"
# A volume mounted here is made with this owner, so that every service may write to it.
RUN install -d -o 10001 -g 10001 /blobs
COPY LICENSE /licenses/turnstream/LICENSE
WORKDIR /
ENV SERVICE=${SERVICE} PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0
LABEL org.opencontainers.image.title="turnstream/${SERVICE}" \
      org.opencontainers.image.description="A service of Turnstream, the durable backend for OpenAI ChatKit" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number rather than a name, so that Kubernetes can see that it is not root.
USER 10001:10001
# exec: the service itself is process 1 and hears SIGTERM. The agent-worker's module is turnstream_worker.
CMD ["sh", "-c", "exec python -m turnstream_${SERVICE#agent-}"]
