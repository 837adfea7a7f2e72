"""The Dockerfile and the compose file on a Docker engine: `make containers`."""
