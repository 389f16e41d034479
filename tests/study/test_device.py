"""The choice of a device, with a stand-in for TensorFlow; the real one is begun in test_chapter's subprocess."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from aimass.errors import ChapterError, ParameterError
from aimass.study import device


class Config:
    """The part of ``tf.config`` in use, for a machine with ``gpus`` GPUs, in a process where TensorFlow has run or not."""

    def __init__(self, gpus: int, started: bool) -> None:
        self.gpus, self.started = [f"GPU:{n}" for n in range(gpus)], started
        self.visible, self.growth, self.intra = list(self.gpus), {}, 0
        self.threading = SimpleNamespace(
            get_intra_op_parallelism_threads=lambda: self.intra,
            set_intra_op_parallelism_threads=lambda n: self.change("intra", n),
        )
        self.experimental = SimpleNamespace(
            get_memory_growth=lambda gpu: self.growth.get(gpu),
            set_memory_growth=lambda gpu, on: self.change("growth", {**self.growth, gpu: on}),
            get_device_details=lambda gpu: {"device_name": f"Maker's {gpu}"},
        )

    def change(self, name, value):
        if self.started:
            raise RuntimeError("cannot be modified after being initialized")
        setattr(self, name, value)

    def list_physical_devices(self, _kind):
        return self.gpus

    def get_visible_devices(self, _kind):
        return self.visible

    def set_visible_devices(self, devices, _kind):
        self.change("visible", devices)


def tensorflow(gpus: int = 0, started: bool = False, built: bool = True) -> SimpleNamespace:
    return SimpleNamespace(
        config=Config(gpus, started), test=SimpleNamespace(is_built_with_gpu_support=lambda: built)
    )


@pytest.mark.parametrize(
    ("kind", "gpus", "chosen"),
    [("cpu", 0, "cpu"), ("cpu", 2, "cpu"), ("auto", 0, "cpu"), ("auto", 1, "gpu"), ("gpu", 2, "gpu")],
)
def test_what_is_asked_for_is_used(kind, gpus, chosen):
    tf = tensorflow(gpus)
    got = device.choose(tf, kind)
    assert got.kind == chosen
    assert got.name
    if chosen == "gpu":
        assert got.name == "Maker's GPU:0"
        assert tf.config.visible == ["GPU:0"]
        assert tf.config.growth == {"GPU:0": True}
    else:
        assert tf.config.visible == []


@pytest.mark.parametrize(
    ("built", "hidden", "reason"),
    [
        (False, None, "install the gpu extra"),
        (True, "", "CUDA_VISIBLE_DEVICES hides"),
        (True, None, "driver"),
    ],
)
def test_a_gpu_asked_for_and_missing_fails_with_the_reason(monkeypatch, built, hidden, reason):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    with pytest.raises(ChapterError, match=reason) as caught:
        device.choose(tensorflow(0, built=built), "gpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_other_settings_after_tensorflow_has_started_are_one_clear_line(kind):
    with pytest.raises(ChapterError, match="restart the kernel"):
        device.choose(tensorflow(2, started=True), kind)


def test_the_same_settings_again_are_fine_after_tensorflow_has_started():
    tf = tensorflow(1)
    device.set_threads(tf)
    device.choose(tf, "gpu")
    tf.config.started = True
    device.set_threads(tf)
    assert device.choose(tf, "gpu").kind == "gpu"


def test_threads(monkeypatch):
    monkeypatch.delenv("AIMASS_THREADS", raising=False)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    assert device.threads() >= 1
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert device.threads() == 3
    monkeypatch.setenv("AIMASS_THREADS", "2")
    assert device.threads() == 2
    tf = tensorflow()
    device.set_threads(tf)
    assert tf.config.intra == 2
    tf.config.started = True
    monkeypatch.setenv("AIMASS_THREADS", "4")
    with pytest.raises(ChapterError, match="another number of threads"):
        device.set_threads(tf)
    for wrong in ("0", "two", "-1", "1.5"):
        monkeypatch.setenv("AIMASS_THREADS", wrong)
        with pytest.raises(ParameterError, match="AIMASS_THREADS"):
            device.threads()


def test_an_unknown_device_is_refused_before_tensorflow_is_imported():
    with pytest.raises(ParameterError, match="cpu, gpu, auto"):
        device.begin("tpu", 0)


def test_record():
    assert device.Device("cpu", "X").to_json() == {"kind": "cpu", "name": "X"}
    assert device.Device("gpu", "Y", 80.0).to_json() == {"kind": "gpu", "name": "Y", "memory": 80.0}


def test_a_failed_import_shows_what_was_printed(tmp_path):
    (tmp_path / "keras.py").write_text(
        "import os\nos.write(2, b'what the library said\\n')\nraise ImportError('broken')\n"
    )
    code = "from aimass.study.device import begin; begin('cpu', 0)"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "what the library said" in ended.stderr
    assert "broken" in ended.stderr
