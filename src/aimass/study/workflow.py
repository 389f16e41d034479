"""Snakemake under supervision: it ends, and its chapters with it, when the process that started it ends, however that ends.

``aimass run`` starts this module in a session of its own and holds the other end of its standard input open. When that end closes,
the whole group is told to stop, and is killed if it does not.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GRACE = 6.0  # seconds between the request to stop and the end
SNAKEFILE = Path("workflow") / "Snakefile"


@contextmanager
def snakemake(plan: Mapping[str, Any], chapters: Sequence[str], jobs: int, log: Path) -> Iterator[Any]:
    """Start Snakemake on some chapters of a plan; whatever happens, no process of it is left afterwards.

    Args:
        plan: from :func:`aimass.study.run.make_plan`; its file ``plan.json`` is written.
        chapters: those to execute, fresh or not.
        jobs: how many at a time.
        log: where its own talk goes.

    Yields:
        The process.
    """
    targets = [plan["chapters"][name]["executed"] for name in chapters]
    command = [
        sys.executable, "-m", "aimass.study.workflow", *targets, "--snakefile", str(Path(plan["root"]) / SNAKEFILE),
        "--directory", plan["folder"], "--profile", "none", "--cores", str(jobs), "--nolock", "--force",
        "--config", f"plan={Path(plan['folder']) / 'plan.json'}",
    ]  # fmt: skip
    with log.open("wb") as talk:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=talk,
            stderr=subprocess.STDOUT,
            cwd=plan["root"],
            start_new_session=True,
        )
        try:
            yield child
        finally:
            end_group(child)


def end_group(child: "subprocess.Popen[bytes]") -> None:
    """End a process and its group: first by request, then by force. A group that has ended is no error."""
    for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 2.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and _group_lives(child):
            time.sleep(0.05)
    if child.stdin:
        child.stdin.close()
    child.wait()


def _group_lives(child: "subprocess.Popen[bytes]") -> bool:
    child.poll()  # so that an ended leader does not count as alive
    try:
        os.killpg(child.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _stop_with_parent() -> None:
    """Wait until the parent's end of standard input is closed, then end the group that this process leads."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run Snakemake's command line in this process."""
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    for name in [name for name in os.environ if name.startswith("SNAKEMAKE_")]:
        del os.environ[name]  # a user's own defaults for other workflows
    from snakemake.cli import main as snakemake_main

    sys.argv = ["snakemake", *sys.argv[1:]]
    return int(snakemake_main() or 0)


if __name__ == "__main__":
    sys.exit(main())
