"""papermill's execution with a watch over the kernel: progress, memory, a limit of time, and an end for every process."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from aimass.errors import ChapterError
from aimass.study.weave import INJECTED

ENGINE = "aimass"
_TICK = 0.25  # seconds between two looks at the kernel


class Watch:
    """Looks after one kernel from a thread of its own.

    Args:
        limit: seconds after which the kernel is ended.
        on_cell: called with the number of the code cell that begins (from 1), the count of code cells, and its source.
    """

    def __init__(self, limit: float, on_cell: Callable[[int, int, str], None]) -> None:
        self.limit, self.on_cell = limit, on_cell
        self.peak_memory_gb = 0.0
        self.past_limit = False
        self.exit_status: int | None = None
        self._process: Any = None
        self._group: int | None = None
        self._began = time.monotonic()
        self._over = threading.Event()

    @property
    def seconds(self) -> float:
        """Since the watch was made."""
        return time.monotonic() - self._began

    def begin(self, process: Any) -> None:
        """Watch a kernel's process from now on."""
        self._process = process
        self._group = os.getpgid(process.pid)
        threading.Thread(target=self._look, daemon=True).start()

    def end(self) -> None:
        """Stop watching, and end whatever is left of the kernel's process group."""
        self._over.set()
        if self._process is not None and self.exit_status is None:
            self.exit_status = self._process.poll()
        self.kill()

    def kill(self) -> None:
        """End the kernel and all processes that it started."""
        if self._group is not None and self._group != os.getpgrp():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)

    def _look(self) -> None:
        while not self._over.wait(_TICK):
            self.peak_memory_gb = max(self.peak_memory_gb, peak_memory_gb(self._process.pid))
            if self.seconds > self.limit and not self.past_limit:
                self.past_limit = True
                self.kill()


class WatchedClient(PapermillNotebookClient):
    """papermill's client, which tells a :class:`Watch` of its kernel and of each code cell."""

    def __init__(self, nb_man: Any, watch: Watch, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self._watch = watch
        own = [index for index, cell in enumerate(self.nb.cells) if _is_own(cell)]
        self._numbers = {index: number for number, index in enumerate(own, start=1)}

    def papermill_execute_cells(self) -> None:
        """Execute all cells under the watch."""
        self._watch.begin(self.km.provisioner.process)
        super().papermill_execute_cells()

    def execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Execute one cell; the watch is told which."""
        if cell_index in self._numbers:
            self._watch.on_cell(self._numbers[cell_index], len(self._numbers), cell.source)
        return super().execute_cell(cell, cell_index, **options)


class WatchedEngine(NBClientEngine):
    """A papermill engine that executes with a :class:`WatchedClient`."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, watch: Watch, sockets: Path, **options: Any
    ) -> Any:
        """Execute a notebook.

        The kernel is spoken to through sockets in a private folder: no port to fight for, nothing listening on the network.

        Raises:
            ChapterError: when the kernel is gone; the message says why in one line.
        """
        client = WatchedClient(
            nb_man,
            watch,
            kernel_name=kernel_name,
            startup_timeout=options.get("start_timeout", 60),
            record_timing=False,
            config=Config({"KernelManager": {"transport": "ipc", "ip": str(sockets / "k")}}),
        )
        try:
            return client.execute()
        except (DeadKernelError, RuntimeError) as error:
            watch.end()
            raise ChapterError(_why_dead(watch, error)) from error
        finally:
            watch.end()


def _is_own(cell: Any) -> bool:
    return cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", [])


def _why_dead(watch: Watch, error: Exception) -> str:
    """One line on a kernel that is gone."""
    if watch.past_limit:
        return f"ended because it ran for more than {watch.limit:.0f} s, far past its budget"
    status, used = watch.exit_status, f"it held {watch.peak_memory_gb:.1f} GB of memory at its peak"
    if status == -signal.SIGKILL:
        return f"its kernel was killed, most likely for want of memory; {used}"
    if status is not None and status < 0:
        with contextlib.suppress(ValueError):
            return f"its kernel crashed ({signal.Signals(-status).name}); {used}"
    if status:
        return f"its kernel ended by itself with status {status}; {used}"
    return f"its kernel gave no answer ({' '.join(str(error).split())}); {used}"


def peak_memory_gb(pid: int) -> float:
    """The most memory that a process has held resident, in GB; 0.0 when that can't be known."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    except OSError:
        pass
    import psutil

    with contextlib.suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss) / 1e9
    return 0.0


papermill_engines.register(ENGINE, WatchedEngine)
