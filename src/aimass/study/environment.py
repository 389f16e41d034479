"""The surroundings of a chapter's run: environment variables, device, room on the disk, a folder for scratch."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from aimass.errors import AimassError, ChapterError, ParameterError
from aimass.study import device as devices
from aimass.study.claims import nearest

THREADS = 2
"""Threads of every chapter, however many run at a time: a sum's last bits depend on how many threads made it."""
FREE_BYTES = 200_000_000
# What chapter 2.4 measures, TensorFlow also warns of, with a path of this machine in the message.
DENSE = "ignore:Converting sparse IndexedSlices to a dense Tensor:UserWarning"
_PROBE = "import sys; from aimass.study.environment import probe; probe(sys.argv[1])"


def environment(plan: Mapping[str, Any], scratch: Path) -> dict[str, str]:
    """The variables that a chapter's kernel sees: where it runs, how many threads, and silence from the libraries.

    Args:
        plan: from :func:`aimass.study.run.make_plan`.
        scratch: a private folder for what IPython and Keras would otherwise look up in the user's home.
    """
    threads = str(plan["threads"])
    pinned = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **devices.SETTINGS,
        **dict.fromkeys(pinned, threads),
        "AIMASS_ROOT": plan["root"],
        "AIMASS_RUN_DIR": plan["folder"],
        "AIMASS_DEVICE": plan["device"],
        "AIMASS_THREADS": threads,
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(scratch / "keras"),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": DENSE,
        "PYTHONUTF8": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **({"AIMASS_DATA": plan["data"]} if plan.get("data") else {}),
        **({"CUDA_VISIBLE_DEVICES": "-1"} if plan["device"] == "cpu" else {}),
    }


def device_class(asked: str) -> str:
    """``cpu`` or ``gpu`` for what was asked; ``auto``, which ``AIMASS_DEVICE`` may settle, is the GPU when TensorFlow finds one.

    TensorFlow is started, in a process of its own, only when there may be a GPU or one is asked for.

    Raises:
        ParameterError: for another word.
        ChapterError: when a GPU is asked for and missing; the message gives the reason.
    """
    if asked == "auto":
        asked = os.environ.get("AIMASS_DEVICE", "").strip() or "auto"
    if asked not in devices.KINDS:
        raise ParameterError(f"device {asked!r}: use cpu, gpu or auto{nearest(asked, devices.KINDS)}")
    if asked == "cpu" or (asked == "auto" and not _may_have_gpu()):
        return "cpu"
    done = subprocess.run([sys.executable, "-c", _PROBE, asked], capture_output=True, text=True, check=False)
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ChapterError(f"TensorFlow can't be asked for its devices: {last}") from None
    if "error" in answer:
        raise ChapterError(answer["error"])
    return str(answer["kind"])


def probe(asked: str) -> None:
    """Print, as JSON, the kind of device that TensorFlow would use, or why it can't; for a process of its own."""
    try:
        answer = {"kind": devices.begin(asked, 0).kind}
    except AimassError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))


def lock_flavour() -> str:
    """Which lock the environment was made from: ``gpu`` when TensorFlow came with CUDA, else ``cpu``."""
    try:
        version("nvidia-cudnn-cu12")
    except PackageNotFoundError:
        return "cpu"
    return "gpu"


def _may_have_gpu() -> bool:
    """Whether it is worth asking TensorFlow: it can use a GPU, and the system shows one."""
    if lock_flavour() == "cpu" or os.environ.get("CUDA_VISIBLE_DEVICES", "unset").strip() in ("", "-1"):
        return False
    return any(Path(place).exists() for place in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"))


def threads() -> int:
    """Threads of every chapter: ``AIMASS_THREADS``, or :data:`THREADS` on every machine.

    Raises:
        ParameterError: when the variable is no count.
    """
    return devices.threads() if os.environ.get("AIMASS_THREADS", "").strip() else THREADS


def require_room(folder: Path) -> None:
    """Make a folder, and be sure that it can be written into and that its disk has room.

    Raises:
        ChapterError: when it can't be made or written into, or its disk is almost full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise ChapterError(
            f"can't write into {folder} ({error.strerror or error}); mend that first"
        ) from None
    if free < FREE_BYTES:
        raise ChapterError(
            f"only {free / 1e6:.0f} MB are free where {folder} lies; a run wants {FREE_BYTES / 1e6:.0f} MB, free some space"
        )


def make_scratch() -> Path:
    """A private temporary folder of this process, its path short enough for sockets; those of dead processes are removed."""
    base = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())
    for old in base.glob("aimass-run-*-*"):
        pid = old.name.split("-")[2]
        if pid.isdigit() and not alive(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"aimass-run-{os.getpid()}-", dir=base))


def alive(pid: int) -> bool:
    """Whether a process of that number runs on this machine; one that has ended and is not yet waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return True
