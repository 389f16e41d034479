"""Keras layers: attention, recurrence, conditional random field, row-sparse embedding, sampled softmax."""

from aimass.layers.additive_attention import AdditiveAttention
from aimass.layers.attention import SequenceAttention, masked_softmax
from aimass.layers.attention_cell import AttentionCell, AttentionRNN
from aimass.layers.crf import CRF
from aimass.layers.embedding import Embedding
from aimass.layers.gru import FusedGRU
from aimass.layers.lstm import FusedLSTM
from aimass.layers.masked_lstm import MaskedLSTM
from aimass.layers.multiplicative_attention import MultiplicativeAttention
from aimass.layers.position_only_attention import PositionOnlyAttention
from aimass.layers.recurrent_stack import RecurrentStack
from aimass.layers.sampled_softmax import SampledSoftmax
from aimass.layers.scaled_dot_product_attention import ScaledDotProductAttention

__all__ = [
    "CRF",
    "AdditiveAttention",
    "AttentionCell",
    "AttentionRNN",
    "Embedding",
    "FusedGRU",
    "FusedLSTM",
    "MaskedLSTM",
    "MultiplicativeAttention",
    "PositionOnlyAttention",
    "RecurrentStack",
    "SampledSoftmax",
    "ScaledDotProductAttention",
    "SequenceAttention",
    "masked_softmax",
]
