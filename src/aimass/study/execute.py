"""Execute one chapter in this process: ``python -m aimass.study.execute PLAN CHAPTER``; Snakemake calls it.

papermill writes the notebook to the log's place while it runs, so that a failed run leaves what it had; a finished one is stamped
with its provenance and fingerprint and moved to its place at once. Whatever ends this process, its kernel ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aimass.errors import AimassError, ChapterError
from aimass.study import provenance
from aimass.study.environment import environment, make_scratch
from aimass.study.outputs import write_atomically
from aimass.study.stamp import stamp

SECONDS_OVER = 60
TIMES_OVER = 5
NO_BUDGET = 7200.0
GRACE = 30.0  # seconds that a run past its limit has for its own end
_PR_SET_PDEATHSIG = 1


def time_limit(budget: Mapping[str, float]) -> float:
    """Seconds after which a chapter is ended: five times its budget and a minute; ``AIMASS_TIME_LIMIT`` overrides that.

    Raises:
        ChapterError: when the variable is no number of seconds.
    """
    asked = os.environ.get("AIMASS_TIME_LIMIT", "").strip()
    if asked:
        try:
            limit = float(asked)
        except ValueError:
            limit = 0.0
        if not 0 < limit < float("inf"):
            raise ChapterError(f"AIMASS_TIME_LIMIT={asked}: give a number of seconds")
        return limit
    seconds = budget.get("seconds")
    return TIMES_OVER * seconds + SECONDS_OVER if seconds else NO_BUDGET


class Execution:
    """One execution of one chapter of a plan (see :mod:`aimass.study.run`)."""

    def __init__(self, plan: Mapping[str, Any], chapter: str) -> None:
        from aimass.study.engine import Watch

        self.plan, self.chapter, self.job = plan, chapter, plan["chapters"][chapter]
        self.log, self.final = Path(self.job["log"]), Path(self.job["executed"])
        self.cell, self.cells, self.line = 0, 0, ""
        self.started = provenance.now()
        self.scratch = make_scratch()
        self.watch = Watch(self.job["limit"], self._enter)

    def run(self) -> int:
        """Execute; returns 0, or 1 after telling why the chapter failed, in which cell, and where the partial notebook is."""
        self._end_with_others()
        os.environ.update(environment(self.plan, self.scratch))
        self._tell_progress()
        try:
            notebook = self._papermill()
            stamp(notebook, self.plan, self.chapter, self._measured())
            self._move(notebook)
        except Exception as error:
            self._failed(_reason(error))
            return 1
        finally:
            self._clean_up()
        self.log.unlink(missing_ok=True)
        print(f"{self.chapter}: finished after {self.watch.seconds:.0f} s")
        return 0

    def _papermill(self) -> Any:
        import papermill

        from aimass.study.engine import ENGINE

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return papermill.execute_notebook(
                f"jupytext://{self.job['source']}",
                str(self.log),
                parameters=self.job["injected"],
                engine_name=ENGINE,
                progress_bar=False,
                cwd=self.plan["root"],
                watch=self.watch,
                sockets=self.scratch,
            )

    def _measured(self) -> dict[str, Any]:
        return {
            "started": self.started,
            "finished": provenance.now(),
            "seconds": round(self.watch.seconds, 1),
            "peak_memory_gb": round(self.watch.peak_memory_gb, 2),
        }

    def _move(self, notebook: Any) -> None:
        import nbformat

        write_atomically(self.final, (nbformat.writes(notebook) + "\n").encode("utf-8"))

    def _enter(self, number: int, count: int, source: str) -> None:
        self.cell, self.cells, self.line = number, count, first_line(source)
        self._tell_progress()
        print(f"{self.chapter}: cell {number} of {count}: {self.line}", flush=True)

    def _tell_progress(self) -> None:
        told = {"cell": self.cell, "cells": self.cells, "line": self.line}
        told |= {"pid": os.getpid(), "host": socket.gethostname()}
        write_atomically(Path(self.job["progress"]), json.dumps(told).encode("utf-8"))

    def _failed(self, reason: str) -> None:
        """Say and keep why, where, and what is left."""
        at = f"cell {self.cell} of {self.cells} `{self.line}`: " if self.cell else ""
        text = f"chapters/{self.chapter}.md failed: {at}{reason}"
        if self._mark_partial():
            text += f"; the partial notebook is {shown(self.log, self.plan['root'])}"
        print(f"aimass: {text}", file=sys.stderr, flush=True)
        with contextlib.suppress(ChapterError):  # a full disk must not hide the reason that was just printed
            write_atomically(Path(self.job["failure"]), text.encode("utf-8"))

    def _mark_partial(self) -> bool:
        """Write into the partial notebook that it is one; False when there is none."""
        try:
            notebook = json.loads(self.log.read_text(encoding="utf-8"))
            notebook["metadata"]["aimass"] = {"chapter": self.chapter, "status": "failed"}
            notebook["metadata"].setdefault("papermill", {})["exception"] = True
            write_atomically(self.log, json.dumps(notebook, indent=1, ensure_ascii=False).encode("utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return False
        except ChapterError:
            pass
        return True

    def _clean_up(self) -> None:
        self.watch.end()
        Path(self.job["progress"]).unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _end_with_others(self) -> None:
        """End kernel and process when told to, when the process that started this one is gone, or when the end itself hangs."""

        def stop(signum: int, _: Any = None) -> None:
            self._clean_up()
            os._exit(128 + signum)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        parent = os.getppid()
        if sys.platform == "linux" and parent != 1:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

        def look() -> None:
            while os.getppid() == parent and self.watch.seconds < self.watch.limit + GRACE:
                time.sleep(0.5)
            if os.getppid() == parent:
                self._failed(f"ended because it hung after its limit of {self.watch.limit:.0f} s")
            stop(signal.SIGTERM)

        threading.Thread(target=look, daemon=True).start()


def first_line(source: str) -> str:
    """The first line of a cell that is neither blank nor a comment, at most 80 characters of it."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")[:80]


def shown(path: Path, root: str) -> str:
    """A path from the study's root where it lies there."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _reason(error: Exception) -> str:
    """What a failed cell or a failed tool says, in one line."""
    if isinstance(error, AimassError):
        return str(error)
    name, value = getattr(error, "ename", ""), getattr(error, "evalue", "")
    text = f"{name}: {value}" if name else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:500]


def main(arguments: list[str]) -> int:
    """Entry of ``python -m aimass.study.execute PLAN CHAPTER``."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    return Execution(plan, arguments[1]).run()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
