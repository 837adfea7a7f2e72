"""`checks.bill_of_materials [folder]` says what is in what is published, and under which licences.

It writes two files beside the wheels of `make dist`: a software bill of materials in CycloneDX's
JSON, and the texts of all licences. Both are made from an environment with what uv.lock names for
the distribution `turnstream`, and from what is built into the chat page. It fails for a licence
that is not in `ALLOWED`. What a package of others has inside, such as the libraries of a server, is
not taken apart: that package's own text names it.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "build/shipped"
"""An environment with nothing but what is published and what it needs."""
NOTICES = ROOT / "services/gateway/src/turnstream_gateway/ui/static/LICENSES.txt"
"""What `make web` wrote of the packages that it built into the chat page."""
BILL, TEXTS = "turnstream-{version}.cdx.json", "THIRD-PARTY-LICENSES.txt"
ALLOWED = frozenset(
    {
        *("MIT", "MIT-0", "MIT-CMU", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"),
        *("PSF-2.0", "Python-2.0", "PostgreSQL", "Unlicense", "0BSD"),
        # Its own files stay under it, and none of them was changed; the rest is free.
        "MPL-2.0",
    }
)
"""Licences under which we may pass something on with a product under Apache-2.0."""
NAMES = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages say in words of PyPI, and what it means for those that we have."""
READ = {"openai-chatkit": "Apache-2.0", "protobuf": "BSD-3-Clause", "lucide-static": "ISC"}
"""Packages whose metadata names no licence that a machine knows: read in their texts."""
_OURS = "turnstream"
_A_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


class Licence(TypedDict, total=False):
    """As CycloneDX has it: one of the two."""

    license: Mapping[str, str]
    expression: str


class Component(TypedDict, total=False):
    """A part of CycloneDX's bill, as far as it is read here."""

    name: str
    version: str
    type: str
    purl: str
    licenses: list[Licence]
    externalReferences: list[Mapping[str, str]]


def main() -> None:
    """Write both files; exit with 1 and a line for each part that may not be passed on."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    install_what_is_shipped()
    bill = python_bill()
    parts: list[Component] = bill["components"]
    parts += built_in()
    if wrong := [line for each in parts for line in complaints(each)]:
        sys.exit("\n".join(wrong))
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    file = folder / BILL.format(version=version)
    file.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n")
    (folder / TEXTS).write_text("\n\n".join(texts()))
    print(f"dist: {file.name}, {len(parts)} parts")
    print(f"dist: {TEXTS}")


def install_what_is_shipped() -> None:
    """Into `SHIPPED`, in the versions of uv.lock."""
    uv = shutil.which("uv") or str(ROOT / "build/uv/bin/uv")
    options = ["--frozen", "--no-dev", "--no-editable", "--quiet", "--python", sys.executable]
    env = os.environ | {"UV_PROJECT_ENVIRONMENT": str(SHIPPED)}
    env.pop("VIRTUAL_ENV", None)
    subprocess.run([uv, "sync", *options, "--package", _OURS], check=True, cwd=ROOT, env=env)


def python_bill() -> dict[str, list[Component]]:
    """The bill of that environment, by cyclonedx-bom."""
    program = [sys.executable, "-m", "cyclonedx_py", "environment", str(SHIPPED)]
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    made = subprocess.run([*program, *options], check=True, cwd=ROOT, capture_output=True)
    bill: dict[str, list[Component]] = json.loads(made.stdout)
    for each in bill["components"]:
        if each["name"].startswith(_OURS):  # where it was built is nobody's business
            each.pop("externalReferences", None)
        if each["name"] in READ:
            each["licenses"] = [{"license": {"id": READ[each["name"]]}}]
    return bill


def built_in() -> Iterator[Component]:
    """The npm packages in the chat page, with the licences that web/package-lock.json names."""
    locked = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    for name, version in re.findall(
        r"^(@?[\w/-]+) (\d+\.\d+\.\d+)$", NOTICES.read_text(), re.MULTILINE
    ):
        package = locked[f"node_modules/{name}"]
        if package["version"] != version:
            sys.exit(f"the chat page has {name} {version}, the lock {package['version']}: make web")
        algorithm, _, digest = package["integrity"].partition("-")
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:npm/{name.replace('@', '%40')}@{version}",
            "licenses": [{"license": {"id": READ.get(name) or package["license"]}}],
            "hashes": [{"alg": _algorithm(algorithm), "content": base64.b64decode(digest).hex()}],
        }  # type: ignore[typeddict-unknown-key]  # nobody reads it here


def _algorithm(name: str) -> str:
    return name.upper().replace("SHA", "SHA-")


def complaints(part: Component) -> Iterator[str]:
    """Why a part may not be passed on, in a line for each reason."""
    licenses = part.get("licenses", [])
    known = [each for licence in licenses for each in _identifiers(licence)]
    if not known:
        yield f"{part['name']}: no licence that is known; read its text, and add it to READ"
    for alternatives in known:
        if not ALLOWED & set(alternatives):
            yield f"{part['name']}: {' or '.join(alternatives)} is not in ALLOWED"


def _identifiers(licence: Licence) -> Iterator[Sequence[str]]:
    """Each licence that must be kept, as the names of which one will do."""
    if "expression" in licence:
        for each in re.split(r"\s+AND\s+", licence["expression"]):
            yield re.findall(r"[\w.+-]+", re.sub(r"\bOR\b", " ", each))
        return
    name = licence["license"].get("id") or NAMES.get(licence["license"]["name"])
    if name:
        yield [name]
    elif licence["license"]["name"].startswith("License :: "):
        yield [licence["license"]["name"]]


def texts() -> Iterator[str]:
    """The licence of each part, a heading above it; of packages for Python, then of npm's."""
    folders = map(str, SHIPPED.glob("lib/python*/site-packages"))
    installed = sorted(distributions(path=list(folders)), key=lambda each: each.name.lower())
    for each in installed:
        if not each.name.startswith(_OURS):
            found = list(_files(each))
            yield f"{'=' * 80}\n{each.name} {each.version}\n{'=' * 80}\n\n" + "\n\n".join(
                found or [f"Its package brings no text. {_declared(each)}"]
            )
    page = NOTICES.read_text().strip()
    yield f"{'=' * 80}\nIn the chat page\n{'=' * 80}\n\n{page}\n"


def _files(package: Distribution) -> Iterator[str]:
    for file in package.files or ():
        if ".dist-info/" in str(file) and _A_TEXT.search(str(file)):
            yield Path(str(package.locate_file(file))).read_text(errors="replace").strip()


def _declared(package: Distribution) -> str:
    licenses = package.metadata.get_all("License-Expression") or package.metadata.get_all("License")
    home = package.metadata.get_all("Project-URL") or package.metadata.get_all("Home-page") or []
    return f"It says: {' '.join(licenses or ['nothing'])}. {' '.join(home[:1])}"


if __name__ == "__main__":
    main()
