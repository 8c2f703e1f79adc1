"""convert.loading: every kind of file as one model from raw pixels to probabilities."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from convert.loading import examine, load_model
from convert.source import ModelFacts, ModelSource, Normalization
from edge.errors import DataError, EdgeError

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype(np.float32)
# Made by tf_keras 2.21, the last Keras 2: sequential models around a functional one.
KERAS2 = "keras2.h5"
RAMP = np.arange(192, dtype=np.float32).reshape(1, 8, 8, 3)
RAMP_SCORES = [0.03724132, 0.64470196, 0.31805673]  # what tf_keras said


@keras.saving.register_keras_serializable("tests")
class Twice(layers.Layer):
    """A layer whose code no file carries."""

    def call(self, x):
        return 2 * x


def classifier(*, front=(), end="softmax", shape=(8, 8, 3), classes=4, **options):
    """A small network; ``front`` are layers before the first weights."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input(shape, **options)
    x = inputs
    for layer in front:
        x = layer(x)
    x = layers.Conv2D(4, 3, bias_initializer="normal")(x)
    x = layers.Flatten()(x) if None not in shape else layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation=end)(x))


def saved(model, path):
    """The path of ``model``, in the format that the path's suffix says."""
    if path.suffix:
        model.save(path)
    else:
        model.export(path, verbose=False)
    return ModelSource(path)


@pytest.mark.filterwarnings("ignore")  # Keras': .h5 is legacy
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "saved"])
def test_every_kind_of_file_gives_the_models_scores(name, tmp_path):
    model = classifier()
    source = saved(model, tmp_path / name)
    expected = model.predict_on_batch(PIXELS)
    assert load_model(source).predict_on_batch(PIXELS) == pytest.approx(expected, abs=1e-5)
    assert examine(source) == ModelFacts(8, 8, 3, 4, scales_pixels=False, gave_logits=False)


def test_keras_2_files_give_what_keras_2_gave(request):
    source = ModelSource(request.path.parent / KERAS2)
    assert load_model(source).predict_on_batch(RAMP)[0] == pytest.approx(RAMP_SCORES, abs=1e-5)


@pytest.mark.parametrize("name", ["m.keras", "saved"])
def test_logits_become_probabilities(name, tmp_path):
    model = classifier(end=None)
    source = saved(model, tmp_path / name)
    logits = model.predict_on_batch(PIXELS)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    assert load_model(source).predict_on_batch(PIXELS) == pytest.approx(expected, abs=1e-5)
    assert examine(source).gave_logits


@pytest.mark.parametrize("name", ["m.keras", "saved"])
def test_normalisation_goes_into_the_model(name, tmp_path):
    model = classifier()
    mean, std = (120.0, 110.0, 100.0), (60.0, 50.0, 40.0)
    source = ModelSource(saved(model, tmp_path / name).path, Normalization(mean, std))
    expected = model.predict_on_batch((PIXELS - mean) / std)
    assert load_model(source).predict_on_batch(PIXELS) == pytest.approx(expected, abs=1e-4)
    assert not examine(source).scales_pixels  # of the model itself


@pytest.mark.parametrize("name", ["m.keras", "saved"])
@pytest.mark.parametrize(
    "front",
    [
        pytest.param(lambda: [layers.Rescaling(1 / 255)], id="rescaling"),
        pytest.param(lambda: [layers.BatchNormalization()], id="norm"),
        pytest.param(
            lambda: [layers.ZeroPadding2D(), layers.Rescaling(2, -1)], id="behind padding"
        ),
    ],
)
def test_normalisation_of_its_own_is_seen(front, name, tmp_path):
    assert examine(saved(classifier(front=front()), tmp_path / name)).scales_pixels


def test_padding_and_augmentation_are_no_normalisation(tmp_path):
    front = [layers.RandomFlip(), layers.ZeroPadding2D()]
    assert not examine(saved(classifier(front=front), tmp_path / "m.keras")).scales_pixels


def test_half_precision_becomes_single(tmp_path):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = classifier(front=[layers.Rescaling(1 / 255)])
        source = saved(model, tmp_path / "m.keras")
    finally:
        keras.mixed_precision.set_global_policy("float32")
    loaded = load_model(source)
    assert {layer.compute_dtype for layer in loaded.layers} == {"float32"}
    expected = model.predict_on_batch(PIXELS)
    assert loaded.predict_on_batch(PIXELS) == pytest.approx(expected, abs=2e-2)


def two_outputs():
    model = classifier()
    return keras.Model(model.inputs, [model.outputs[0], model.layers[1].output])


def two_inputs():
    model = classifier()
    other = keras.Input((8, 8, 3))
    return keras.Model([*model.inputs, other], layers.Add()([model.output, model(other)]))


def with_lambda():
    return classifier(front=[layers.Lambda(lambda x: x * 2)])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "make, told",
    [
        (two_outputs, "has 1 inputs and 2 outputs; an image classifier takes"),
        (two_inputs, "(has 2 inputs and 1 outputs|its signature takes 2 inputs); an image cla"),
        (
            lambda: classifier(shape=(None, None, 3)),
            r"takes pictures of any size \(None, None, None, 3\)",
        ),
        (
            lambda: classifier(shape=(3, 8, 8)),
            r"takes an input of shape \(None, 3, 8, 8\), channels first; \(n, h",
        ),
        (lambda: classifier(end="sigmoid"), r"judges each class by itself \(sigmoid\)"),
        (lambda: classifier(classes=1), r"gives an output of shape \(None, 1\); .* two classes"),
        (
            lambda: classifier(front=[layers.Rescaling(1)], dtype="uint8"),
            "takes uint8 numbers; save it with a float32 input",
        ),
    ],
)
@pytest.mark.parametrize("name", ["m.keras", "saved"])
def test_what_is_no_classifier_is_refused(make, told, name, tmp_path):
    source = saved(make(), tmp_path / name)
    with pytest.raises(DataError, match=f"^{source.path}: {told}"):
        load_model(source)


def test_a_batch_of_its_own_is_refused(tmp_path):
    source = saved(classifier(batch_size=4), tmp_path / "m.keras")
    with pytest.raises(DataError, match="takes 4 pictures at a time; save it with a free batch"):
        load_model(source)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_code_that_no_file_carries_is_named(name, tmp_path):
    source = saved(classifier(front=[Twice()]), tmp_path / name)
    keras.saving.get_custom_objects().pop("tests>Twice")
    try:
        with pytest.raises(DataError, match=r"a layer '.*Twice' that Keras does not know.*export"):
            load_model(source)
    finally:
        keras.saving.get_custom_objects()["tests>Twice"] = Twice
    source = saved(with_lambda(), tmp_path / name)
    with pytest.raises(DataError, match=r"has a Lambda layer, .*model\.export\(\)"):
        load_model(source)


def test_a_saved_model_keeps_what_such_a_layer_does(tmp_path):
    model = with_lambda()
    source = saved(model, tmp_path / "saved")
    expected = model.predict_on_batch(PIXELS)
    assert load_model(source).predict_on_batch(PIXELS) == pytest.approx(expected, abs=1e-5)


def test_a_saved_model_that_augments_is_refused(tmp_path):
    source = saved(classifier(front=[layers.RandomTranslation(0.4, 0.4)]), tmp_path / "saved")
    with pytest.raises(DataError, match=r"another answer each time, as its augm.*give the \.keras"):
        load_model(source)


def test_a_saved_model_without_signature_is_refused(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path / "saved"))
    with pytest.raises(DataError, match="saved: a SavedModel without a serving signature; save"):
        load_model(ModelSource(tmp_path / "saved"))


def damage(path, kind):
    if path.is_dir():
        path = path / ("saved_model.pb" if kind != "no weights" else "variables/variables.index")
    data = path.read_bytes()
    match kind:
        case "cut short":
            path.write_bytes(data[: len(data) // 2])
        case "empty":
            path.write_bytes(b"")
        case "another kind":
            path.write_bytes(b"\x89PNG" + bytes(1000))
        case "no weights":
            path.unlink()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "saved"])
@pytest.mark.parametrize("kind", ["cut short", "empty", "another kind", "no weights"])
def test_damage_is_told_in_one_line(kind, name, tmp_path):
    source = saved(classifier(), tmp_path / name)
    damage(source.path, kind)
    with pytest.raises(EdgeError) as error:
        load_model(source)
    assert str(error.value).startswith(f"{source.path}: ")
    assert "\n" not in str(error.value)
