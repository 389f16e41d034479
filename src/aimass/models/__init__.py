"""Keras models, one family a file: ``compile``, ``fit``, ``predict``, ``.keras`` round trip."""

from aimass.models.averaging import WeightAverage, average_weights
from aimass.models.cbow import CBOW
from aimass.models.ensemble import Ensemble
from aimass.models.language_model import LanguageModel
from aimass.models.prefix_language_model import PrefixLanguageModel
from aimass.models.resume import fit_resumable
from aimass.models.seq2seq import Seq2Seq
from aimass.models.skip_gram import SkipGram
from aimass.models.text_classifier import TextClassifier
from aimass.models.transformer import Transformer
from aimass.models.validation import ValidationScore
from aimass.models.word_vectors import WordVectors

__all__ = [
    "CBOW",
    "Ensemble",
    "LanguageModel",
    "PrefixLanguageModel",
    "Seq2Seq",
    "SkipGram",
    "TextClassifier",
    "Transformer",
    "ValidationScore",
    "WeightAverage",
    "WordVectors",
    "average_weights",
    "fit_resumable",
]
