"""The project's outside says what is true: commands that exist, versions that agree, tests that run where they say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from aimass.study.claims import load_registry
from aimass.study.ledger import NOT_MEASURED, collect, statement_verdicts

ROOT = Path(__file__).resolve().parents[1]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(workflow):
    content = yaml.safe_load(text(f".github/workflows/{workflow}"))
    return [step["run"] for job in content["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "book/index.md", "book/rerun.md"])
def test_make_targets_that_are_named_exist(page):
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text(page), flags=re.MULTILINE))
    assert named
    assert named <= TARGETS


def test_workflows_run_make_targets_alone():
    for workflow in ("test.yml", "weekly.yml"):
        found = commands(workflow)
        assert found
        for command in found:
            match = re.match(r"make ([a-z]+)( [A-Z]+=\w+(\$\{\{ [\w.]+ \}\})?)*$", command)
            assert match, command
            assert match[1] in TARGETS


def test_the_test_workflow_covers_the_pythons_that_are_supported():
    content = yaml.safe_load(text(".github/workflows/test.yml"))
    versions = content["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert versions == re.search(r"SUPPORTED := (.*)", text("Makefile"))[1].split()


def test_continuous_integration_runs_the_readmes_test_command():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text(encoding="utf-8")
    assert "make test " in text("README.md")


def test_citation_agrees_with_the_package():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]


def test_hooks_need_no_download():
    content = yaml.safe_load(text(".pre-commit-config.yaml"))
    assert {repository["repo"] for repository in content["repos"]} == {"local"}


def test_links_between_the_outer_pages_hold():
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", text(page)):
            assert (ROOT / target).exists(), f"{page} links to {target}"


def findings(page, verdicts):
    """Statements whose verdict on the page is not the ledger's, and those that the page leaves out."""
    told = dict(re.findall(r"^\| ([\d.]+-[a-z]): .*? \| (\w+) \|", page, flags=re.MULTILINE))
    measured = {name: one.verdict for name, one in verdicts.items() if one.verdict != NOT_MEASURED}
    return sorted(name for name in told.keys() | measured.keys() if told.get(name) != measured.get(name))


def test_the_readme_tells_what_the_reference_edition_found():
    ledger = collect(sorted((ROOT / "book" / "reference").glob("*.ipynb")))
    verdicts = statement_verdicts(ledger, load_registry())
    assert findings(text("README.md"), verdicts) == []
    refuted = sorted(name for name, one in verdicts.items() if one.verdict == "refuted")
    assert refuted
    assert findings(text("README.md").replace("| refuted |", "| supported |"), verdicts) == refuted


TRY = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()
try:
    socket.create_connection(("192.0.2.1", 9), timeout=3)
except OSError as error:
    raise SystemExit(0 if error.errno == 101 else f"refused for another reason: {error!r}")
raise SystemExit("a connection left the machine")
"""


def test_the_network_is_denied():
    command = [sys.executable, ROOT / "tools" / "without_network.py", sys.executable, "-c", TRY]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_guard_denies_the_network_where_namespaces_are_refused(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from without_network import GUARD
    finally:
        sys.path.pop(0)
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
