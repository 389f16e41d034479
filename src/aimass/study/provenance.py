"""What a run ran on: versions, platform, time and memory. Nothing that names a person, a host or a path."""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# Distribution names as a reader knows them. TensorFlow's depends on its flavour, so its own module is asked.
PACKAGES = (
    "aimass",
    "keras",
    "matplotlib",
    "numpy",
    "pandas",
    "sacrebleu",
    "scikit-learn",
    "scipy",
    "sentencepiece",
)
_TENSORFLOW = ("tensorflow-cpu", "tensorflow", "tensorflow-macos")


def versions() -> dict[str, str]:
    """Python's and the packages' versions by name, sorted; packages that are not installed are left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        installed = _version(name)
        if installed:
            found[name] = installed
    tensorflow = next(filter(None, map(_version, _TENSORFLOW)), None)
    if tensorflow:
        found["tensorflow"] = tensorflow
    return dict(sorted(found.items()))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def platform_name() -> str:
    """Operating system and architecture, such as ``Linux-x86_64``."""
    return f"{platform.system()}-{platform.machine()}"


def now() -> str:
    """The time in UTC, to the second: ``2026-11-23T16:50:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def peak_memory_gb() -> float:
    """The most memory this process has held resident, in GB (10^9 bytes); 0.0 where the platform does not tell."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):  # getrusage would count the parent's memory at the fork as well
                return int(line.split()[1]) * 1024 / 1e9
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9
