"""Execute one chapter in this process: ``python -m aimass.study.execute PLAN CHAPTER``; Snakemake calls it.

papermill writes the notebook to the log's place while it runs, so that a failed run leaves what it had; a finished one is stamped
with its provenance and fingerprint and moved to its place at once.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aimass.errors import AimassError

SECONDS_OVER = 60
TIMES_OVER = 5


def environment(plan: Mapping[str, Any]) -> dict[str, str]:
    """The variables that a chapter's kernel sees: where it runs, how many threads, and silence from the libraries."""
    return {
        "AIMASS_ROOT": plan["root"],
        "AIMASS_RUN_DIR": plan["folder"],
        "AIMASS_DEVICE": plan["device"],
        "AIMASS_THREADS": str(plan["threads"]),
        "TF_NUM_INTRAOP_THREADS": str(plan["threads"]),
        "TF_CPP_MIN_LOG_LEVEL": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **({"AIMASS_DATA": plan["data"]} if plan.get("data") else {}),
        **({"CUDA_VISIBLE_DEVICES": "-1"} if plan["device"] == "cpu" else {}),
    }


def execute(plan: Mapping[str, Any], chapter: str) -> None:
    """Run a chapter by a plan (see :mod:`aimass.study.run`).

    Raises:
        AimassError: with one line that says what failed, in which cell, and where the partial notebook is.
    """
    job = plan["chapters"][chapter]
    log, final = Path(job["log"]), Path(job["executed"])
    log.parent.mkdir(parents=True, exist_ok=True)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(plan))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="am-") as private:
        os.environ["IPYTHONDIR"] = private
        watch = _Watch(job, log, private)
        try:
            notebook = _papermill(plan, chapter, job, log, private, watch)
        finally:
            watch.stop()
    _stamp(notebook, plan, chapter, job, time.monotonic() - began)
    _move(notebook, final)


def _papermill(plan, chapter, job, log, private, watch):
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    papermill_engines.register("aimass", _engine(watch))
    # Sockets in a private folder: no port to fight for, nothing listening on the network.
    config = Config({"KernelManager": {"transport": "ipc", "ip": str(Path(private) / "s")}})
    shown = log.relative_to(plan["root"]) if log.is_relative_to(plan["root"]) else log
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return papermill.execute_notebook(
                f"jupytext://{job['source']}",
                str(log),
                parameters=job["injected"],
                engine_name="aimass",
                progress_bar=False,
                cwd=plan["root"],
                config=config,
            )
        except PapermillExecutionError as error:
            first = next((line for line in error.source.splitlines() if line.strip()), "")
            value = " ".join(str(error.evalue).split())
            raise AimassError(
                f"chapters/{chapter}.md: cell In[{error.exec_count}] `{first.strip()}` failed: {error.ename}: {value}; "
                f"the partial notebook is {shown}"
            ) from None
        except AimassError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            if type(error).__name__ == "DeadKernelError":
                reason = "its kernel died, most likely killed for memory"
            raise AimassError(
                f"chapters/{chapter}.md: {reason}; cell {watch.cell} of {watch.cells}; the partial notebook is {shown}"
            ) from None


def _engine(watch):
    from papermill.engines import NBClientEngine

    class Engine(NBClientEngine):
        """papermill's own engine, which tells the watch where it is."""

        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, **options):
            start = nb_man.cell_start
            watch.cells = len(nb_man.nb.cells)

            def cell_start(cell, cell_index=None, **more):
                watch.at(cell_index or 0)
                return start(cell, cell_index, **more)

            nb_man.cell_start = cell_start
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    return Engine


class _Watch:
    """Tells the progress, and ends a run that is far past its budget or whose parent is gone."""

    def __init__(self, job: Mapping[str, Any], log: Path, private: str):
        self.cell, self.cells = 0, 0
        self._progress = Path(job["progress"])
        self._chapter = job["name"]
        self._stopped = threading.Event()
        limit = job.get("limit")
        self._limit = float(limit) if limit else float("inf")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._began = time.monotonic()
        self._progress.parent.mkdir(parents=True, exist_ok=True)
        self.at(0)
        self._thread.start()

    def at(self, cell: int) -> None:
        self.cell = cell + 1
        self._progress.write_text(json.dumps({"cell": self.cell, "cells": self.cells}))

    def stop(self) -> None:
        self._stopped.set()
        self._progress.unlink(missing_ok=True)

    def _run(self) -> None:
        parent = os.getppid()
        while not self._stopped.wait(0.5):
            late = time.monotonic() - self._began > self._limit
            if late or os.getppid() != parent:
                if late:
                    print(
                        f"aimass: chapters/{self._chapter}.md: ended after {self._limit:,.0f} s, far past its budget, in cell "
                        f"{self.cell} of {self.cells}",
                        file=sys.stderr,
                        flush=True,
                    )
                self._progress.unlink(missing_ok=True)
                os.killpg(0, signal.SIGKILL)


def _stamp(notebook, plan, chapter, job, seconds) -> None:
    """Write what made the notebook into its metadata, and take the machine's paths out."""
    provenance: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for mime in ("application/vnd.aimass.chapter+json", "application/vnd.aimass.provenance+json"):
                provenance.update(output.get("data", {}).get(mime, {}))
    provenance.update(
        parameters=job["parameters"],
        threads=plan["threads"],
        seconds=round(seconds, 1),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    notebook.metadata["aimass"] = {
        "chapter": chapter,
        "profile": plan["profile"],
        "parameters": job["parameters"],
        "provenance": provenance,
        "fingerprint": job["fingerprint"],
        "status": "finished",
    }
    record = notebook.metadata.get("papermill", {})
    for key in ("input_path", "output_path"):
        if record.get(key):
            record[key] = Path(str(record[key])).name
    record.pop("environment_variables", None)


def _move(notebook, final: Path) -> None:
    import nbformat

    partial = final.with_name(f".{final.name}.part")
    nbformat.write(notebook, partial)
    os.replace(partial, final)


def main(arguments: list[str]) -> int:
    """Entry of ``python -m aimass.study.execute PLAN CHAPTER``."""
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: go when the parent goes
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    try:
        execute(plan, arguments[1])
    except AimassError as error:
        print(f"aimass: {error}", file=sys.stderr, flush=True)
        Path(plan["chapters"][arguments[1]]["failure"]).write_text(str(error), encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
