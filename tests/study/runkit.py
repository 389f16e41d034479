"""A small study to run: chapters that import no TensorFlow, in a folder of their own, and the command line on it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
AIMASS = str(Path(sys.executable).with_name("aimass"))
HEAD = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
aimass: {{budget: {{small: {{seconds: {seconds}, memory_gb: 0.2}}}}}}
---

# {title}

```{{code-cell}} ipython3
:tags: [parameters]

profile = "small"
seed = 0
device = "auto"
size = 2
rate = 0.5
word = "a"
flag = False
sizes = [1, 2]
```

"""
CELL = "```{{code-cell}} ipython3\n{}\n```\n\n"


def study(root: Path, chapters: dict[str, list[str]], seconds: float = 30) -> Path:
    """A study in ``root`` whose chapters have the code cells given, after one of parameters."""
    (root / "chapters").mkdir(parents=True)
    (root / "_config.yml").write_text("title: A study\n")
    (root / "requirements").mkdir()
    (root / "requirements" / "cpu.txt").write_text("numpy==2.0\n")
    (root / "workflow").symlink_to(ROOT / "workflow")
    for name, cells in chapters.items():
        text = HEAD.format(title=name, seconds=seconds) + "".join(CELL.format(cell) for cell in cells)
        (root / "chapters" / f"{name}.md").write_text(text)
    return root


def environment(root: Path, **variables: str) -> dict[str, str]:
    """The environment for commands on a study; it marks all their processes."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIMASS_")}
    return {**own, "AIMASS_TEST_MARK": str(root), **variables}


def aimass(root: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run ``aimass`` on a study."""
    return subprocess.run(
        [AIMASS, *words],
        cwd=root,
        env=environment(root, **variables),
        capture_output=True,
        text=True,
        timeout=180,
    )


def start(root: Path, *words: str) -> "subprocess.Popen[bytes]":
    """Start ``aimass`` on a study. It hears SIGINT even where these tests don't: in the background of a script."""
    return subprocess.Popen(
        [AIMASS, *words],
        cwd=root,
        env=environment(root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def left_behind(root: Path) -> list[str]:
    """The processes of a study's commands that still live."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("AIMASS_TEST_MARK") == str(root) and process.status() != "zombie":
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def wait_for(what, seconds: float = 60.0):
    """Wait until ``what()`` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come about")
        time.sleep(0.1)
