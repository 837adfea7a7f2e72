# One file for every service: docker build --build-arg SERVICE=store|tools|agent-worker|gateway .
ARG PYTHON=3.13
ARG UV=0.9

FROM ghcr.io/astral-sh/uv:${UV} AS uv

FROM python:${PYTHON}-slim AS build
ARG SERVICE
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/venv
WORKDIR /src
# The two services that run an app's code bring the bundled one along.
RUN case "${SERVICE:?}" in agent-worker|tools) echo turnstream-guide;; *) echo "turnstream-$SERVICE";; esac > /package
# What others wrote changes seldom, so it is a layer of its own, made from the manifests alone.
COPY pyproject.toml uv.lock ./
COPY shared/pyproject.toml shared/
COPY services/store/pyproject.toml services/store/
COPY services/tools/pyproject.toml services/tools/
COPY services/agent-worker/pyproject.toml services/agent-worker/
COPY services/gateway/pyproject.toml services/gateway/
COPY guide/pyproject.toml guide/
COPY devstack/pyproject.toml devstack/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-workspace --package "$(cat /package)"
COPY shared shared
COPY services services
COPY guide guide
COPY docs/guides docs/guides
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-editable --package "$(cat /package)"

FROM python:${PYTHON}-slim
# The slim image leaves out the bytecode of the standard library, and the service's user could not
# keep it: each health check would compile it anew.
RUN python -m compileall -q -x '/(test|tests|site-packages|dist-packages)/' "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
ARG SERVICE
COPY --from=build /venv /venv
ENV SERVICE=${SERVICE} PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0
# A volume mounted here is made with this owner, so that every service may write to it.
RUN install -d -o 10001 -g 10001 /blobs
# A number rather than a name, so that Kubernetes can see that it is not root.
USER 10001:10001
# exec: the service itself is process 1 and hears SIGTERM. The agent-worker's module is turnstream_worker.
CMD ["sh", "-c", "exec python -m turnstream_${SERVICE#agent-}"]
