"""AI Mass, Measured: the package behind the study.

Importing ``aimass`` loads nothing heavy: TensorFlow is imported by the rooms that compute with it (``layers``, ``models``,
``decoding``, ...), never by ``data.registry``, ``study`` or ``cli``, so that the command line answers at once.
"""

from importlib.metadata import version

__version__ = version("aimass")
