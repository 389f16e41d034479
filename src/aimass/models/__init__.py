"""Keras models, one family a file: ``compile``, ``fit``, ``predict``, ``.keras`` round trip."""

from aimass.models.cbow import CBOW
from aimass.models.language_model import LanguageModel
from aimass.models.seq2seq import Seq2Seq
from aimass.models.skip_gram import SkipGram
from aimass.models.text_classifier import TextClassifier
from aimass.models.word_vectors import WordVectors

__all__ = ["CBOW", "LanguageModel", "Seq2Seq", "SkipGram", "TextClassifier", "WordVectors"]
