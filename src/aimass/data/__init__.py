"""Corpora, generated and real, and the way from text to batches.

Importing this face loads no TensorFlow: batches are imported by their own path, :mod:`aimass.data.batches`.
"""

from .corpus import Corpus
from .loading import load

__all__ = ["Corpus", "load"]
