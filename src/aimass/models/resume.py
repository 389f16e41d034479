"""Training that goes on after a kill, to the weights that it would have had."""

import json
import os
import re
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np

from aimass.errors import ParameterError

# What Keras's own callbacks remember from epoch to epoch; a callback of ours, or a user's, lists its attributes in `resumed`.
RESUMED = {
    keras.callbacks.EarlyStopping: ("best", "best_epoch", "best_weights", "stopped_epoch", "wait"),
    keras.callbacks.History: ("epoch", "history"),
    keras.callbacks.ModelCheckpoint: ("best",),
    keras.callbacks.ReduceLROnPlateau: ("best", "cooldown_counter", "wait"),
    keras.callbacks.SwapEMAWeights: ("_ema_weights_in_model",),
}


def fit_resumable(
    model: keras.Model,
    batches,
    epochs: int,
    directory: str | os.PathLike,
    *,
    keep: int = 2,
    callbacks=(),
    **options,
) -> keras.callbacks.History:
    """``model.fit``, or what is left of it: call it again after a kill and it goes on from the last whole epoch.

    The weights, the reports and the order of the data are then those of a run that was never stopped, bit for bit where TensorFlow's operations
    repeat their bits (see ``tf.config.experimental.enable_op_determinism``). After each epoch a checkpoint is written under another name and
    moved to its place when it is whole. It holds all variables of the model (the state of its random generators included) and of the optimizer
    (moments, count of updates, learning rate), and what the callbacks remember: Keras's own, and the attributes that a callback names in
    ``resumed``. Keras's ``BackupAndRestore`` leaves out random generators and callbacks, does not place the data, and a kill while it writes
    can leave weights and number of epochs that do not belong together.

    When the training had ended, calling again trains nothing and gives the same model and history; with more ``epochs`` it goes on, unless a
    callback had stopped it. A callback with a memory of another kind, such as :class:`aimass.models.callbacks.LearningCurve`, begins anew.

    Args:
        model: compiled, and made in the same way each time.
        batches: what gives ``steps`` and ``dataset(initial_epoch=...)``: :class:`aimass.data.batches.PairBatches`.
        epochs: as of ``fit``: the number of the last one, from 1.
        directory: of this training alone; holds ``epoch-0001.npz`` and so on.
        keep: how many checkpoints stay there, the newest ones.
        callbacks: as of ``fit``.
        options: of ``fit``, but for data, epochs, steps and shuffling.

    Returns:
        The history of all epochs, those before a kill as well.

    Raises:
        ParameterError: for ``keep`` or ``epochs`` below 1, a checkpoint that is damaged, or was written with another model, optimizer, loss,
            data or callbacks, or after more epochs.
    """
    if keep < 1 or epochs < 1:
        raise ParameterError(f"fit_resumable: keep is {keep}, epochs {epochs}; both must be at least 1")
    directory = Path(directory)
    saved = _checkpoints(directory)
    if not any(isinstance(callback, keras.callbacks.History) for callback in callbacks):
        callbacks = [*callbacks, keras.callbacks.History()]
    signature = _signature(model, batches)
    state = _read(saved[-1], signature) if saved else None
    done = state["epochs"] if state else 0
    if done > epochs:
        raise ParameterError(
            f"fit_resumable: {saved[-1]} has {done} epochs behind it, and epochs is {epochs}; give {done} or more, or another directory"
        )
    keeper = _Keeper(directory, keep, signature, callbacks, saved[-1] if saved else None, state)
    return model.fit(
        batches.dataset(initial_epoch=done),
        initial_epoch=epochs if state and state["stopped"] else done,
        epochs=epochs,
        steps_per_epoch=batches.steps,
        shuffle=False,
        callbacks=[*callbacks, keeper],
        **options,
    )


class _Keeper(keras.callbacks.Callback):
    """The last of the callbacks: gives all of them their memory back when training begins, and writes a checkpoint after each epoch."""

    def __init__(self, directory, keep, signature, callbacks, path, state):
        super().__init__()
        self.directory, self.keep, self.signature = directory, keep, signature
        self.path, self.state = path, state
        self.remembering = [callback for callback in callbacks if _resumed(callback)]

    def on_train_begin(self, logs=None):
        """Here all variables exist, and the other callbacks have set theirs to the start."""
        self.model.optimizer.build(self.model.trainable_variables)
        if self.state is None:
            return
        variables, saved = self._variables(), self.state["variables"]
        shapes = [tuple(v.shape) for v in variables]
        memories = self.state["callbacks"]
        if [value.shape for value in saved] != shapes or [name for name, _ in memories] != self._names():
            raise _another(self.path)
        for variable, value in zip(variables, saved, strict=True):
            variable.assign(value)
        for callback, (_, memory) in zip(self.remembering, memories, strict=True):
            vars(callback).update(memory)
        self.state = None

    def on_epoch_end(self, epoch, logs=None):
        """Write a checkpoint; drop the oldest."""
        state = {
            "epochs": epoch + 1,
            "stopped": bool(self.model.stop_training),
            "signature": self.signature,
            "variables": [np.asarray(variable) for variable in self._variables()],
            "callbacks": list(zip(self._names(), map(_memory, self.remembering), strict=True)),
        }
        self.directory.mkdir(parents=True, exist_ok=True)
        _write(self.directory / f"epoch-{epoch + 1:04d}.npz", state)
        for path in _checkpoints(self.directory)[: -self.keep]:
            path.unlink()

    def _names(self):
        return [type(callback).__name__ for callback in self.remembering]

    def _variables(self):
        return [*self.model.variables, *self.model.optimizer.variables]


def _resumed(callback) -> list[str]:
    known = [name for kind, names in RESUMED.items() if isinstance(callback, kind) for name in names]
    return [*known, *getattr(callback, "resumed", ())]


def _memory(callback) -> dict:
    return {name: getattr(callback, name) for name in _resumed(callback)}


def _signature(model, batches) -> str:
    """What two runs must share for one to go on where the other stopped: the recipe, and the first batch as a witness of the data."""

    def lasting(value):  # without what differs between two objects made in the same way
        if isinstance(value, dict):
            left_out = ("name", "build_config", "compile_config")
            return {key: lasting(item) for key, item in value.items() if key not in left_out}
        return [lasting(item) for item in value] if isinstance(value, (list, tuple)) else value

    parts = (model, model.optimizer, model.loss)
    recipe = [lasting(keras.saving.serialize_keras_object(part)) for part in parts]
    first = next(iter(batches.dataset(initial_epoch=0)))
    arrays = [np.asarray(array) for array in keras.tree.flatten(first)]
    text = json.dumps([recipe, batches.steps, [array.shape for array in arrays]], sort_keys=True, default=str)
    return f"{zlib.crc32(b''.join([text.encode(), *(array.tobytes() for array in arrays)])):08x}"


def _checkpoints(directory: Path) -> list[Path]:
    """The checkpoints in a directory, the oldest first."""
    return sorted(path for path in directory.glob("epoch-*.npz") if re.fullmatch(r"epoch-\d{4,}", path.stem))


def _write(path: Path, state: dict) -> None:
    """Write a nest of numbers, texts and arrays as one file, which is there wholly or not at all."""
    arrays: list[np.ndarray] = []

    def plain(value):
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {"array": len(arrays) - 1, "dtype": str(value.dtype)}
        if isinstance(value, dict):
            return {"dict": [[key, plain(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if hasattr(value, "dtype"):  # a NumPy or TensorFlow scalar
            return np.asarray(value).item()
        return value

    text = np.array(json.dumps(plain(state)))
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, *arrays, state=text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(path: Path, signature: str) -> dict:
    """What :func:`_write` wrote."""

    def nest(value, arrays):
        if isinstance(value, list):
            return [nest(item, arrays) for item in value]
        if isinstance(value, dict) and "array" in value:
            return arrays[f"arr_{value['array']}"].view(
                value["dtype"]
            )  # NumPy forgets which bits are bfloat16
        if isinstance(value, dict):
            return {key: nest(item, arrays) for key, item in value["dict"]}
        return value

    try:
        with np.load(path, allow_pickle=False) as arrays:
            state = nest(json.loads(str(arrays["state"])), arrays)
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).strip().split("\n")[0]
        raise ParameterError(
            f"fit_resumable: {path} is damaged ({reason}); delete it to go on from the checkpoint before it, or from the start"
        ) from None
    if state["signature"] != signature:
        raise _another(path)
    return state


def _another(path: Path) -> ParameterError:
    return ParameterError(
        f"fit_resumable: {path} was written by a training with another model, optimizer, loss, data or callbacks; "
        "choose another directory, or delete it"
    )
