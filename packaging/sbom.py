"""Prints what the packages of a release are made of, as SPDX 2.3. Usage: sbom.py VERSION URL FOLDER REPOSITORY

The programs are built of this repository and the runtime of .NET alone; the lock files, which a test holds free of packages for src/,
are read to be sure of it."""
import hashlib
import json
import os
import sys
import time

version, url, folder, repository = sys.argv[1:]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def locked(path):
    """What a lock file names that is a package, and linked: not a project, nor a tool of the build."""
    with open(path) as file:
        for target in json.load(file)["dependencies"].values():
            for name, entry in target.items():
                if entry["type"] != "Project":
                    yield name, entry["resolved"]


epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or os.popen(f"git -C '{repository}' log -1 --format=%ct").read())
build_tools = sorted({package for top in ("src",) for at, _, files in os.walk(os.path.join(repository, top)) if "packages.lock.json" in files
                      for package in locked(os.path.join(at, "packages.lock.json"))})
# The linker's analyzer comes with the SDK, and has the version of the runtime that is linked.
runtime = dict(build_tools)["Microsoft.NET.ILLink.Tasks"]
archives = sorted(name for name in os.listdir(folder) if name.endswith((".deb", ".rpm", ".tar.gz")))

packages, relationships = [], []


def add(identifier, name, version, license, location, **more):
    packages.append({"SPDXID": identifier, "name": name, "versionInfo": version, "licenseConcluded": license, "licenseDeclared": license,
                     "copyrightText": "NOASSERTION", "downloadLocation": location, "filesAnalyzed": False, **more})


add("SPDXRef-supervisor", "supervisor", version, "MIT", url)
add("SPDXRef-dotnet", ".NET runtime", runtime, "MIT", "https://github.com/dotnet/runtime")
relationships.append(("SPDXRef-supervisor", "STATIC_LINK", "SPDXRef-dotnet"))
for number, (name, number_of) in enumerate(build_tools):
    add(f"SPDXRef-tool-{number}", name, number_of, "NOASSERTION", f"https://www.nuget.org/packages/{name}/{number_of}")
    relationships.append((f"SPDXRef-tool-{number}", "BUILD_TOOL_OF", "SPDXRef-supervisor"))
for number, name in enumerate(archives):
    add(f"SPDXRef-archive-{number}", name, version, "MIT", f"{url}/releases/download/v{version}/{name}",
        checksums=[{"algorithm": "SHA256", "checksumValue": sha256(os.path.join(folder, name))}])
    relationships.append(("SPDXRef-DOCUMENT", "DESCRIBES", f"SPDXRef-archive-{number}"))
    relationships.append((f"SPDXRef-archive-{number}", "CONTAINS", "SPDXRef-supervisor"))

print(json.dumps({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"supervisor-{version}",
    "documentNamespace": f"{url}/releases/v{version}/sbom",
    "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)), "creators": ["Tool: packaging/sbom.py"]},
    "packages": packages,
    "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relationships],
}, indent=2))
