"""edge.classifier: real tiny models with hand-computed scores, models of others, bad ones."""

from __future__ import annotations

import hashlib
import math
import shutil
import tracemalloc

import cv2
import numpy as np
import pytest

from edge.card import CARD_NAME, Card, GoldenFrame, append_files
from edge.classifier import Classifier
from edge.errors import ModelFileError
from edge.roi import Roi

# The logit of the frame's own colour is 8, of the others 0.
SURE = math.exp(8) / (math.exp(8) + 2)
UINT8_STEP = 1 / 256
RED_GREEN_BLUE = np.array([[(255, 0, 0)] * 8, [(0, 255, 0)] * 8, [(0, 0, 255)] * 8], np.uint8)


@pytest.fixture
def load(models, runtime):
    """Loads a tiny model by name, in each runtime."""

    def load_named(name: str, **options) -> Classifier:
        return Classifier(models / f"{name}.tflite", runtime=runtime, **options)

    return load_named


def card(**changes) -> Card:
    whole = Card(1, "center", "area", 1.0, 0.5, (), 0.05, {})
    return whole._replace(**changes)


def with_card(models, folder, name: str, card: Card):
    """A copy of a tiny model with labels and a card in it."""
    data = (models / f"{name}.tflite").read_bytes()
    path = folder / "m.tflite"
    files = {"labels.txt": "red\ngreen\nblue\n", CARD_NAME: card.to_json()}
    path.write_bytes(append_files(data, files))
    return path


@pytest.mark.parametrize(
    "name, options, step",
    [
        ("colours_float", {}, 0),
        ("colours_uint8", {}, UINT8_STEP),
        ("colours_int8", {}, UINT8_STEP),
        ("colours_unit_range_int8", {}, UINT8_STEP),
        ("colours_unit_range_float", {"input_range": "0..1"}, 0),
        ("colours_normalized_float", {}, 0),
        ("colours_logits_float", {}, 0),
        ("colours_logits_int8", {}, 0.001),
        ("handmade_softmax_float", {}, 0),
        ("wide_output_float", {}, 0),
    ],
)
def test_every_kind_of_input_and_output_gives_the_same_scores(load, name, options, step):
    classifier = load(name, **options)
    for row, colour in enumerate(RED_GREEN_BLUE):
        scores = classifier.classify(np.tile(colour, (8, 1, 1))).scores
        expected = np.full(3, (1 - SURE) / 2)
        expected[row] = SURE
        assert scores.dtype == np.float32
        assert scores == pytest.approx(expected, abs=step + 1e-5)


@pytest.mark.parametrize("name", ["colours_float", "colours_uint8", "colours_int8"])
def test_scores_of_a_mixed_colour(load, name):
    # 51 and 102 of 255: logits 1.6, 3.2 and 0.
    powers = np.exp([1.6, 3.2, 0.0])
    scores = load(name).classify(np.full((8, 8, 3), (51, 102, 0), np.uint8)).scores
    assert scores == pytest.approx(powers / powers.sum(), abs=0.012)


def test_a_mean_for_each_channel(load):
    # Red 0; green (51 - 51) / 255 = 0; blue (229.5 - 102) / 127.5 = 1: its logit is 8.
    frame = np.full((8, 8, 3), (0, 51, 229), np.uint8)
    scores = load("colours_normalized_by_channel_float").classify(frame).scores
    assert scores[2] == pytest.approx(SURE, abs=1e-4)
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_sigmoids_are_left_as_they_are(load, red):
    scores = load("sigmoids_float").classify(red).scores
    assert scores == pytest.approx([1 / (1 + math.exp(-1)), 0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize("value", [0, 64, 127, 255])
def test_grey_input(load, value):
    # Logit of bright: 8 * value / 255, of dark: 4.
    bright = 1 / (1 + math.exp(4 - 8 * value / 255))
    classifier = load("grey_uint8")
    assert classifier.input_spec.channels == 1
    scores = classifier.classify(np.full((8, 8, 3), value, np.uint8)).scores
    assert scores[0] == pytest.approx(bright, abs=0.03)


def test_the_stages_are_the_whole_of_classify(load, green):
    classifier = load("colours_int8")
    input_tensor = classifier.preprocess(green)
    assert (input_tensor.shape, input_tensor.dtype) == ((1, 8, 8, 3), np.int8)
    assert input_tensor[0, 0, 0].tolist() == [-128, 127, -128]
    output_tensor = classifier.invoke(input_tensor)
    assert (output_tensor.shape, output_tensor.dtype) == ((1, 3), np.int8)
    result = classifier.classify(green, top_k=2)
    assert np.array_equal(classifier.postprocess(output_tensor), result.scores)
    assert [prediction.label for prediction in result.top] == ["class 1", "class 0"]
    for stage in result.stages:
        assert 0 < stage < 10_000


def test_no_frame_allocates_a_large_array(load):
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    classifier = load("colours_int8")
    held: list[object] = []

    def classify_some() -> None:
        for _ in range(10):
            held.append(classifier.prepare(frame, "BGR"))
            if len(held) > 3:  # as many are under way in the app's threads
                classifier.classify_prepared(held.pop(0))

    classify_some()
    tracemalloc.start()
    try:
        classify_some()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000  # the frame's halves alone have 240 x 240 x 3 bytes


def test_an_output_is_not_changed_by_the_next_frame(load, red, green):
    classifier = load("colours_uint8")
    first = classifier.invoke(classifier.preprocess(red))
    kept = first.copy()
    classifier.invoke(classifier.preprocess(green))
    assert np.array_equal(first, kept)


@pytest.mark.parametrize(
    "name, is_raw", [("colours_uint8", True), ("colours_int8", False), ("colours_float", False)]
)
def test_input_that_is_the_pixels_themselves_is_told(load, name, is_raw):
    assert load(name).takes_pixels == is_raw


def test_a_view_into_a_larger_frame_is_read_row_by_row(load):
    # The region has the size of the input, so its pixels pass as a view with gaps.
    frame = np.zeros((20, 30, 3), np.uint8)
    frame[5:13, 7:15] = (0, 0, 255)
    classifier = load("colours_uint8", roi=Roi.parse("7,5,8,8"))
    assert classifier.classify(frame, top_k=1).top[0].label == "class 2"


def test_roi_chooses_what_is_looked_at(load):
    frame = np.zeros((40, 80, 3), np.uint8)
    frame[:, :40, 0] = 255
    frame[:, 40:, 2] = 255
    for roi, label in (("0,0,0.5,1", "class 0"), ("0.5,0,0.5,1", "class 2")):
        classifier = load("colours_int8", roi=Roi.parse(roi))
        assert classifier.classify(frame, top_k=1).top[0].label == label


def test_identity_of_the_model_is_the_hash_of_its_file(load, models):
    classifier = load("colours_int8")
    digest = hashlib.sha256((models / "colours_int8.tflite").read_bytes()).hexdigest()
    assert (classifier.sha256, classifier.model_id) == (digest, digest[:12])


def test_a_float_model_that_does_not_say_its_range_is_noticed(load):
    assert "--input-range" in load("colours_unit_range_float").notices[0]
    assert load("colours_unit_range_float", input_range="0..1").notices == ()
    assert load("colours_normalized_float").notices == ()
    assert load("colours_uint8").notices == ()


def test_labels_come_from_the_file(models, tmp_path, runtime, green):
    path = with_card(models, tmp_path, "colours_uint8", card())
    assert Classifier(path, runtime=runtime).classify(green, 1).top[0].label == "green"


def test_labels_of_the_user_come_first(models, tmp_path, runtime):
    path = with_card(models, tmp_path, "colours_uint8", card())
    mine = tmp_path / "mine.txt"
    mine.write_text("0 rouge\n1 vert\n2 bleu\n")
    classifier = Classifier(path, labels_path=mine, runtime=runtime)
    assert classifier.labels == ("rouge", "vert", "bleu")


def test_labels_that_do_not_match_are_refused(load, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("red\ngreen\n")
    with pytest.raises(ModelFileError, match=r"mine\.txt: 2 labels, .* 3 outputs"):
        load("colours_uint8", labels_path=mine)


def test_the_card_says_how_frames_become_input(models, tmp_path, runtime):
    path = with_card(models, tmp_path, "colours_uint8", card(crop="squash"))
    classifier = Classifier(path, runtime=runtime)
    assert classifier.input_spec.crop == "squash"
    assert Classifier(models / "colours_uint8.tflite", runtime=runtime).input_spec.crop == "center"


def test_a_float_model_with_a_card_takes_raw_pixels(models, tmp_path, runtime, red):
    path = with_card(models, tmp_path, "colours_float", card())
    classifier = Classifier(path, runtime=runtime)
    assert classifier.notices == ()
    assert classifier.classify(red).scores[0] == pytest.approx(SURE, abs=1e-5)


def golden(colour: int, scores: tuple[float, ...]) -> GoldenFrame:
    return GoldenFrame(np.tile(RED_GREEN_BLUE[colour], (8, 1, 1)), scores)


def test_golden_frames_that_come_out_right_are_silent(models, tmp_path, runtime):
    frames = (golden(0, (1.0, 0.0, 0.0)), golden(2, (0.0, 0.0, 0.97)))
    # Were the region applied to golden frames as well, all of this one would be its green corner.
    frames[0].pixels[:1, :1] = (0, 255, 0)
    path = with_card(models, tmp_path, "colours_uint8", card(golden=frames))
    classifier = Classifier(path, runtime=runtime, roi=Roi.parse("0,0,0.1,0.1"))
    assert classifier.verify_golden() == pytest.approx(0.9961 - 0.97, abs=1e-3)


def test_a_golden_frame_that_comes_out_wrong_stops_the_start(models, tmp_path, runtime):
    # The second frame is blue where red was meant: what swapped colours look like.
    frames = (golden(0, (1.0, 0.0, 0.0)), golden(2, (1.0, 0.0, 0.0)))
    path = with_card(models, tmp_path, "colours_uint8", card(golden=frames))
    with pytest.raises(
        ModelFileError, match=r"golden frame 2 differs by 1\.00 \(tolerance 0\.05\)"
    ):
        Classifier(path, runtime=runtime)
    assert Classifier(path, runtime=runtime, check_golden=False).verify_golden() > 0.9


def test_a_wrong_input_range_is_caught_by_the_golden_frames(models, tmp_path, runtime):
    frames = (golden(0, (1.0, 0.0, 0.0)),)
    path = with_card(models, tmp_path, "colours_float", card(golden=frames))
    with pytest.raises(ModelFileError, match="golden frame 1"):
        Classifier(path, runtime=runtime, input_range="0..1")


def test_golden_scores_of_another_model_are_refused(models, tmp_path, runtime):
    path = with_card(models, tmp_path, "colours_uint8", card(golden=(golden(0, (1.0, 0.0)),)))
    with pytest.raises(ModelFileError, match="has 2 scores, the model 3 classes"):
        Classifier(path, runtime=runtime)


@pytest.mark.parametrize(
    "name, fault",
    [
        ("detector", "looks like a detector: 4 outputs"),
        ("two_inputs", "takes 2 inputs"),
        ("vector_input", r"input of shape \(1, 10\)"),
        ("four_channels", r"\(1, 8, 8, 4\), not RGB or grey"),
        ("batch_of_two", "2 pictures at a time"),
        ("free_size", "no fixed size"),
        ("segmentation", r"output of shape \(1, 8, 8, 3\)"),
        ("one_score", "gives 1 score"),
        ("class_number", "int64 numbers, which are no scores"),
    ],
)
def test_what_is_no_classifier_is_refused_by_name(load, name, fault):
    with pytest.raises(ModelFileError, match=rf"{name}\.tflite: .*{fault}.*; \w+") as caught:
        load(name)
    assert "\n" not in str(caught.value)


def test_scores_that_are_no_numbers_are_refused(load):
    classifier = load("colours_float")
    with pytest.raises(ModelFileError, match="no numbers"):
        classifier.postprocess(np.array([[math.nan, 0.5, 0.5]], np.float32))


def test_an_array_that_is_no_frame_is_a_bug(load):
    with pytest.raises(ValueError, match="undecoded camera buffer"):
        load("colours_uint8").classify(np.zeros((1, 921600), np.uint8))


def test_a_file_that_is_replaced_while_it_runs_does_no_harm(models, tmp_path, runtime, red):
    path = tmp_path / "m.tflite"
    shutil.copy(models / "colours_uint8.tflite", path)
    classifier = Classifier(path, runtime=runtime)
    path.write_bytes(b"")
    assert classifier.classify(red, 1).top[0].label == "class 0"


@pytest.mark.parametrize("kind, right", [("int8", 0.84), ("float", 0.84)])
def test_mlperf_resnet_names_cifar_pictures(shared_data, runtime, kind, right):
    with np.load(shared_data / "cifar10.npz") as arrays:
        frames, classes = arrays["x_test"][:300], arrays["y_test"][:300].reshape(-1)
    path = shared_data / "models" / f"mlperf_tiny_resnet8_{kind}.tflite"
    classifier = Classifier(path, runtime=runtime)
    found = [int(classifier.classify(frame, 1).scores.argmax()) for frame in frames]
    assert np.mean(found == classes) >= right  # 87 % of all test images


@pytest.mark.parametrize(
    "name, floor",
    [
        ("coral_tf2_mobilenet_v2_1.0_224_ptq", 0.25),
        ("coral_mobilenet_v1_0.25_128_quant", 0.02),
    ],
)
def test_coral_models_see_the_dog(shared_data, runtime, name, floor):
    classifier = Classifier(shared_data / "models" / f"{name}.tflite", runtime=runtime)
    assert (len(classifier.labels), classifier.labels[0]) == (1001, "background")
    top = classifier.classify(_dog(shared_data), top_k=3).top
    dogs = {"hound", "spaniel", "malinois", "shepherd"}
    dog = [score for label, score in top if dogs & set(label.replace(",", " ").split())]
    assert dog and max(dog) >= floor


def test_wake_word_model_takes_pixels_from_0_to_1(shared_data, runtime):
    path = shared_data / "models" / "mlperf_tiny_vww_96_int8.tflite"
    top = Classifier(path, runtime=runtime).classify(_dog(shared_data), top_k=2).top
    assert sum(score for _, score in top) == pytest.approx(1.0, abs=0.01)


def _dog(shared_data) -> np.ndarray:
    video = cv2.VideoCapture(str(shared_data / "clips" / "dog.mp4"))
    video.set(cv2.CAP_PROP_POS_FRAMES, 20)
    read, frame = video.read()
    video.release()
    assert read
    return cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
