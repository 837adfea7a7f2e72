"""The documentation as a site: `make docs` builds it from `docs/`, in English and 繁體中文."""
