"""What skip-gram and CBOW share: two tables of vectors, blocks of running text, noise words, and the update.

The unit of work is a *block*: ``block_size`` tokens of running text with ``window`` more at either end, which are context only. A block
is cut into tiles of 64 centre words, which share their noise words, drawn anew for each tile. Scores of noise words, and gradients by them,
are matrix products; in skip-gram, the true pairs of a tile lie on a band of the same product. Gradients of true pairs are sums over the places of the window. The
update of a block is a subtraction from the rows that it names: its cost does not depend on the vocabulary's size. (That of a step by several
workers does, for their copies of the tables are merged.)
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from aimass.errors import ParameterError
from aimass.models.alias import alias_tables
from aimass.models.word2vec_losses import PairGradients, negative_sampling, sampled_softmax
from aimass.models.word2vec_workers import merged
from aimass.models.word_vectors import WordVectors

TILE = 64
LOSSES = ("negative_sampling", "sampled_softmax")


class Word2Vec(keras.Model):
    """The core of :class:`aimass.models.SkipGram` and :class:`aimass.models.CBOW` (Mikolov et al. 2013a, 2013b).

    Args:
        vocab_size: number of words V.
        units: width D of a vector.
        window: the furthest context word, in tokens.
        num_negatives: noise words a true pair (negative sampling only).
        loss_name: ``"negative_sampling"`` or ``"sampled_softmax"``.
        counts: how often each word occurs, ``[vocab_size]``; noise is drawn in proportion to ``counts ** power``. Words of count 0
            are never noise. ``None`` draws uniformly.
        power: flattens the distribution of noise.
        dynamic_window: weigh a context word at distance o by ``(window + 1 - o) / window``, which is the chance of being in
            a window of uniformly drawn width, word2vec's "dynamic window", in expectation; otherwise all count alike.
        num_shared: noise words K that a tile shares; by default 16 or a few more, to fill the product's width.
        workers: how many shares of a step's blocks are trained side by side, each on a copy of both tables, by plain
            gradient descent; at the end of the step, :func:`aimass.models.word2vec_workers.merged` makes one of them, at a cost in proportion to
            ``workers * vocab_size * units``: give some 64 blocks a worker, so that it is small beside the training. The result
            depends on the number, but not on chance (tested on CPU).
        seed: of the initial vectors and of the noise.

    Call arguments:
        inputs: word ids, int, any shape.

    Output:
        their vectors, ``[..., units]``.

    ``fit`` takes blocks, such as :meth:`aimass.data.text_stream.TextStream.dataset` yields: ``(ids, sentences)``, both int32
    ``[blocks, block_size + 2 * window]`` with ``block_size`` a multiple of 64 and the same number of blocks in every step. Two words are a pair only when their sentence numbers are equal;
    a negative sentence number marks padding. The blocks of a step, or of a worker's share of it, are processed one after the other. The loss shown is the mean over the
    pairs of a step's first block. Compiled with plain ``keras.optimizers.SGD``, a step is one XLA program (several workers: one each, and the merging); with any other optimizer the
    row-sparse gradients (``tf.IndexedSlices``) of all its blocks are summed and handed over.

    Under glibc, ``MALLOC_TOP_PAD_=67108864`` in the program's environment saves processor time: otherwise the scratch memory of a block may go
    back to the system each time, to be had again by page faults. Several workers are not for ``tf.distribute`` strategies.

    Raises:
        ParameterError: for sizes below 1, an unknown loss, or counts of another length; in training, for blocks that the workers cannot share
            evenly, and for several workers with an optimizer that is not plain gradient descent.
    """

    def __init__(
        self,
        vocab_size: int,
        units: int = 100,
        window: int = 5,
        num_negatives: int = 5,
        loss_name: str = "negative_sampling",
        counts: Sequence[int] | None = None,
        power: float = 0.75,
        dynamic_window: bool = True,
        num_shared: int | None = None,
        workers: int = 1,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        me = type(self).__name__
        sizes = {
            "vocab_size": vocab_size,
            "units": units,
            "window": window,
            "num_negatives": num_negatives,
            "workers": workers,
        }
        if num_shared is not None:
            sizes["num_shared"] = num_shared
        for name, size in sizes.items():
            if size < 1:
                raise ParameterError(f"{me}: {name} is {size}; expected 1 or more")
        if loss_name not in LOSSES:
            raise ParameterError(f"{me}: loss_name is {loss_name!r}; use {' or '.join(LOSSES)}")
        if counts is not None and len(counts) != vocab_size:
            raise ParameterError(f"{me}: {len(counts)} counts for {vocab_size} words; give one count a word")
        self.vocab_size, self.units, self.window, self.num_negatives = (
            vocab_size,
            units,
            window,
            num_negatives,
        )
        self.loss_name, self.power, self.dynamic_window, self.seed = loss_name, power, dynamic_window, seed
        self.workers = workers
        self.supports_jit = (
            False  # a step compiles what it pays to compile, and several workers' programs must stay apart
        )
        self.width = TILE + 2 * window  # candidates C of a tile
        self.num_shared = num_shared or 16 + -(self.width + 16) % 16
        self._make_weights(counts)
        self._compiled_draw = tf.function(self._draw, jit_compile=True, autograph=False)
        self._compiled_steps = tf.function(self._descend_in_place, jit_compile=True, autograph=False)
        self._compiled_descend = tf.function(self._descend, jit_compile=True, autograph=False)
        self._compiled_merge = tf.function(merged, jit_compile=True, autograph=False)
        self.built = True

    def _make_weights(self, counts) -> None:
        shape, half = (self.vocab_size, self.units), 0.5 / self.units
        uniform = keras.initializers.RandomUniform(-half, half, seed=self.seed)
        self.vectors = self.add_weight(shape=shape, initializer=uniform, name="vectors")
        self.outputs = self.add_weight(shape=shape, initializer="zeros", name="outputs")
        noise = np.ones(self.vocab_size) if counts is None else np.asarray(counts, "float64") ** self.power
        probability, alias = alias_tables(noise)
        with np.errstate(divide="ignore"):
            log_q = np.maximum(np.log(noise / noise.sum() * self.num_shared), -80.0).astype("float32")
        self._tables = [
            self.add_weight(
                shape=(self.vocab_size,),
                dtype=str(value.dtype),
                initializer="zeros",
                trainable=False,
                name=name,
            )
            for name, value in (("probability", probability), ("alias", alias), ("log_q", log_q))
        ]
        for weight, value in zip(self._tables, (probability, alias, log_q), strict=True):
            weight.assign(value)
        self.loss_tracker = keras.metrics.Mean(name="loss")

    # ---- one block

    def gradients(
        self, ids, sentences, negatives, scale=1.0, tables=None
    ) -> tuple[tf.IndexedSlices, tf.IndexedSlices, tf.Tensor, tf.Tensor]:
        """The gradient of the sum of losses over one block's pairs.

        Args:
            ids, sentences: one block, int32 ``[block_size + 2 * window]``.
            negatives: noise words, int32 ``[block_size / 64, num_shared]``.
            scale: a factor on the loss.
            tables: `vectors` and `outputs` to read, by default the model's own.

        Returns:
            the gradient by ``vectors`` and by ``outputs`` (rows may repeat), the sum of losses, and the sum of pairs' weights.
        """
        raise NotImplementedError

    def _weights(self) -> np.ndarray:
        """The weight of each place of a window, 0 for the centre: float32 ``[2 * window + 1]``."""
        offset = np.abs(np.arange(2 * self.window + 1) - self.window)
        weight = (self.window + 1 - offset) / self.window if self.dynamic_window else np.ones(len(offset))
        return np.where(offset > 0, weight, 0.0).astype("float32")

    def _places(self) -> list[int]:
        """Where the words of a window stand, counted from its first: all but the centre."""
        return [place for place in range(2 * self.window + 1) if place != self.window]

    def _band(self, ids, sentences):
        """The context of each tile ``[tiles, C]``, and the weights of the pairs of each token ``[tokens, P]``."""
        tokens, places = ids.shape[0] - 2 * self.window, self._places()
        index = np.arange(tokens // TILE)[:, None] * TILE + np.arange(self.width)
        number = sentences[self.window : self.window + tokens]
        same = (
            tf.stack([sentences[place : place + tokens] == number for place in places], 1)
            & (number >= 0)[:, None]
        )
        return tf.gather(ids, index), tf.where(same, self._weights()[places], 0.0)

    def _pair_gradients(self, positive, negative, weights, hits, candidates, negatives) -> PairGradients:
        """The loss of the constructor; `candidates` ``[tiles, 1 or T, C]`` and `negatives` ``[tiles, K]`` are ids."""
        if self.loss_name == "negative_sampling":
            return negative_sampling(positive, negative, weights, hits, self.num_negatives)
        log_q = self._tables[2].value
        return sampled_softmax(
            positive,
            negative,
            weights,
            hits,
            tf.gather(log_q, candidates),
            tf.gather(log_q, negatives)[:, None, :],
        )

    # ---- one step

    def draw(self, shape: Sequence[int], step) -> tf.Tensor:
        """Noise words of a step, int32 of this shape: a function of the seed and the step's number alone.

        Always by XLA, whose generator draws other numbers from a seed than TensorFlow's.
        """
        return self._compiled_draw(tuple(shape), tf.cast(step, tf.int32))

    def _draw(self, shape: tuple[int, ...], step) -> tf.Tensor:
        probability, alias, _ = (table.value for table in self._tables)
        cell = tf.random.stateless_uniform(
            shape, [self.seed, 2 * step], 0, self.vocab_size, tf.int32, alg="philox"
        )
        chance = tf.random.stateless_uniform(shape, [self.seed, 2 * step + 1], alg="philox")
        return tf.where(chance < tf.gather(probability, cell), cell, tf.gather(alias, cell))

    def _descend(self, vectors, outputs, ids, sentences, negatives, rate):
        """Gradient descent over blocks, one after the other: both tables after it."""

        def one(block, tables):
            *slices, _, _ = self.gradients(ids[block], sentences[block], negatives[block], rate, tables)
            moved = [
                tf.tensor_scatter_nd_sub(table, part.indices[:, None], part.values)
                for table, part in zip(tables, slices, strict=True)
            ]
            return block + 1, moved

        return tf.while_loop(
            lambda block, _: block < ids.shape[0], one, [tf.constant(0), [vectors, outputs]]
        )[1]

    def _descend_in_place(self, ids, sentences, negatives, rate):
        """A step of one worker."""
        tables = self.vectors.value, self.outputs.value
        moved = self._descend(*map(tf.convert_to_tensor, tables), ids, sentences, negatives, rate)
        for table, value in zip(tables, moved, strict=True):
            table.assign(value)

    def _descend_side_by_side(self, before, ids, sentences, negatives, rate):
        """A step of several workers, from both tables as they are before it."""
        if ids.shape[0] % self.workers:
            raise ParameterError(
                f"{type(self).__name__}: {ids.shape[0]} blocks a step for {self.workers} workers; give each worker as many"
            )
        shares = list(zip(*(tf.split(x, self.workers) for x in (ids, sentences, negatives)), strict=True))
        copies = zip(*(self._compiled_descend(*before, *share, rate) for share in shares), strict=True)
        words, noise = (tf.reshape(x, [self.workers, -1]) for x in (ids, negatives))
        seen = words, tf.concat([words, noise], 1)
        for table, old, new, rows in zip((self.vectors, self.outputs), before, copies, seen, strict=True):
            table.value.assign(self._compiled_merge(old, list(new), rows))

    def _values(self) -> list[tf.Tensor]:
        """Both tables as tensors. To gather rows from a variable instead would make it copy itself whenever it is read from then on."""
        return [tf.convert_to_tensor(table.value) for table in (self.vectors, self.outputs)]

    def _tile_count(self, ids) -> int:
        if ids.shape.rank == 2 and ids.shape[0] is None:
            raise ParameterError(
                f"{type(self).__name__}: steps of different numbers of blocks; give every step as many (of a dataset: drop_remainder=True)"
            )
        size = None if ids.shape.rank != 2 else ids.shape[-1]
        if size is None or size <= 2 * self.window or (size - 2 * self.window) % TILE:
            raise ParameterError(
                f"{type(self).__name__}: blocks of shape {tuple(ids.shape)}; expected [blocks, block_size + {2 * self.window}] "
                f"with block_size a multiple of {TILE}"
            )
        return (size - 2 * self.window) // TILE

    def _is_plain(self) -> bool:
        optimizer = self.optimizer
        extras = ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "gradient_accumulation_steps")
        return (
            type(optimizer) is keras.optimizers.SGD
            and not optimizer.momentum
            and not optimizer.use_ema
            and all(getattr(optimizer, name) is None for name in extras)
        )

    def train_step(self, data):
        """One step over ``(ids, sentences)``."""
        ids, sentences = map(tf.convert_to_tensor, data[:2])
        step = tf.cast(self.optimizer.iterations.value, tf.int32)
        negatives = self.draw((ids.shape[0], self._tile_count(ids), self.num_shared), step)
        if self._is_plain():
            rate = tf.cast(tf.convert_to_tensor(self.optimizer.learning_rate), tf.float32)
            first = ids[0], sentences[0], negatives[0]
            # The loss by itself, and before the update: that program would otherwise have to compute each block's.
            if self.workers == 1:
                loss, pairs = self.gradients(*first)[2:]
                self._compiled_steps(ids, sentences, negatives, rate)
            else:
                tables = self._values()
                loss, pairs = self.gradients(*first, tables=tables)[2:]
                self._descend_side_by_side(tables, ids, sentences, negatives, rate)
            self.optimizer.iterations.assign_add(1)
        elif self.workers > 1:
            raise ParameterError(
                f"{type(self).__name__}: {self.workers} workers train by plain SGD; compile with keras.optimizers.SGD(...), or take 1 worker"
            )
        else:
            parts = [
                self.gradients(*block)
                for block in zip(*map(tf.unstack, (ids, sentences, negatives)), strict=True)
            ]
            slices = [_joined([part[table] for part in parts]) for table in (0, 1)]
            self.optimizer.apply(slices, [self.vectors, self.outputs])
            loss, pairs = parts[0][2:]
        loss /= tf.maximum(pairs, 1.0)
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        """Mean loss over all pairs of ``(ids, sentences)``, against noise that is the same in every call."""
        ids, sentences = map(tf.convert_to_tensor, data[:2])
        negatives = self.draw((ids.shape[0], self._tile_count(ids), self.num_shared), -1)
        tables = self._values()
        parts = [
            self.gradients(*block, tables=tables)[2:]
            for block in zip(*map(tf.unstack, (ids, sentences, negatives)), strict=True)
        ]
        loss, pairs = (tf.add_n(list(sums)) for sums in zip(*parts, strict=True))
        self.loss_tracker.update_state(loss / tf.maximum(pairs, 1.0), sample_weight=pairs)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        """The mean loss."""
        return [self.loss_tracker]

    def call(self, inputs):
        """The words' vectors."""
        return tf.gather(self._values()[0], inputs)

    def word_vectors(self, words: Sequence[str], first: int = 0) -> WordVectors:
        """The trained vectors under their words: word i has row ``first + i``; special tokens at the start are left out so.

        Raises:
            ParameterError: when the words are more than the rows, or stand twice.
        """
        return WordVectors(words, self.vectors.numpy()[first : first + len(words)])

    def get_config(self):
        """Arguments of the constructor but for the counts, whose tables are saved with the weights."""
        names = (
            "vocab_size", "units", "window", "num_negatives", "loss_name", "power", "dynamic_window", "num_shared", "workers", "seed"
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _joined(slices: list[tf.IndexedSlices]) -> tf.IndexedSlices:
    """The sum of row-sparse gradients of one table."""
    return tf.IndexedSlices(
        tf.concat([part.values for part in slices], 0),
        tf.concat([part.indices for part in slices], 0),
        slices[0].dense_shape,
    )


def linear_decay(
    learning_rate: float, steps: int, least: float = 1e-4
) -> keras.optimizers.schedules.LearningRateSchedule:
    """word2vec's schedule: from the learning rate down to the share `least` of it, in so many steps."""
    if steps < 1 or learning_rate <= 0:
        raise ParameterError(
            f"linear_decay: learning_rate={learning_rate}, steps={steps}; expected a positive rate, 1 step or more"
        )
    return keras.optimizers.schedules.PolynomialDecay(learning_rate, steps, least * learning_rate)


def block_size(
    counts: Sequence[int], most: int = 1024, repeats: float = 12.0, subsample: float = 1e-3
) -> int:
    """Tokens a block for this vocabulary: a multiple of 64, at most `most`.

    The updates of a block are summed, so that a word that stands in it often takes a long step; beyond some dozen occurrences
    gradient descent with word2vec's learning rate diverges. The block is the longest in which the most frequent word is expected `repeats` times.
    That expects words to be spread evenly. Where texts of one kind stand together, their words come in bursts: shuffle the sentences first.

    Args:
        counts: how often each word occurs.
        most: upper bound.
        repeats: expected occurrences of the most frequent word that are let pass.
        subsample: the threshold of frequent-word subsampling, 0 for none.
    """
    counts = np.asarray(counts, "float64")
    if not counts.size or counts.sum() <= 0:
        raise ParameterError("block_size: no counts; build the vocabulary from a text that is not empty")
    share = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = share * np.minimum(1.0, np.sqrt(subsample / share) + subsample / share) if subsample else share
    kept = np.nan_to_num(kept)
    highest = kept.max() / kept.sum()
    return int(np.clip(repeats / highest // TILE * TILE, TILE, most // TILE * TILE))
