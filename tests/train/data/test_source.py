"""train.data.source: arrays read and checked, and split without overlap."""

from __future__ import annotations

import numpy as np
import pytest

from edge.errors import DataError
from train.data.dataset import stratified, with_labels
from train.data.names import LABELS
from train.data.source import load, pictures_of
from train.data.split import Shares


def arrays(train=60, test=20, classes=3, side=16, channels=3):
    """Arrays in which every picture is of one value of its own, so that copies would show."""
    rng = np.random.default_rng(0)
    shape = (side, side, channels) if channels else (side, side)
    return {
        "x_train": rng.integers(0, 256, (train, *shape), np.uint8),
        "y_train": np.arange(train) % classes,
        "x_test": rng.integers(0, 256, (test, *shape), np.uint8),
        "y_test": np.arange(test) % classes,
    }


def save(tmp_path, name="tiny.npz", **changes):
    """The arrays as a file; a change of None leaves the array out."""
    whole = {k: v for k, v in {**arrays(), **changes}.items() if v is not None}
    np.savez(tmp_path / name, **whole)
    return str(tmp_path / name)


def read(path, seed=0):
    return load(path, seed=seed)


def test_parts_share_no_picture_and_hold_every_class(tmp_path):
    data = read(save(tmp_path))
    names = [set(part.names.tolist()) for part in (data.train, data.validation, data.test)]
    assert [len(n) for n in names] == [54, 6, 20]  # a tenth of the training pictures validates
    assert not names[0] & names[1]
    assert names[0] | names[1] == {f"x_train[{i}]" for i in range(60)}
    assert names[2] == {f"x_test[{i}]" for i in range(20)}
    for part in (data.train, data.validation, data.test):
        assert set(part.class_ids.tolist()) == {0, 1, 2}


def test_each_name_leads_to_its_picture_and_class(tmp_path):
    data, whole = read(save(tmp_path)), arrays()
    for part in (data.train, data.validation, data.test):
        for pixels, class_id, name in zip(part.pixels, part.class_ids, part.names, strict=True):
            array, index = name.rstrip("]").split("[")
            assert np.array_equal(pixels, whole[array][int(index)])
            assert class_id == whole[array.replace("x", "y")][int(index)]


def test_the_seed_decides_the_split(tmp_path):
    path = save(tmp_path)
    first = read(path, seed=3).validation.names.tolist()
    assert first == read(path, seed=3).validation.names.tolist()
    assert first != read(path, seed=4).validation.names.tolist()


def test_the_hash_speaks_of_the_pixels(tmp_path):
    one = read(save(tmp_path))
    assert one.sha256 == read(save(tmp_path, "copy.npz")).sha256
    touched = arrays()["x_test"]
    touched[0, 0, 0, 0] ^= 1
    assert one.sha256 != read(save(tmp_path, x_test=touched)).sha256


def test_the_seeded_split_of_arrays_never_changes(tmp_path):
    """Published models name a seed; what it took is what it must take."""
    validation = read(save(tmp_path), seed=7).validation.names.tolist()
    assert validation == [f"x_train[{i}]" for i in (1, 9, 13, 20, 24, 41)]


def test_arrays_keep_their_size_unless_one_is_asked_for(tmp_path):
    path = save(tmp_path)
    assert load(path, seed=0, photo_size=24).train.pixels.shape[1:] == (16, 16, 3)
    small = load(path, seed=0, size=8)
    assert small.train.pixels.shape[1:] == small.test.pixels.shape[1:] == (8, 8, 3)
    assert (small.spec.width, small.spec.height) == (8, 8)
    expected = arrays()["x_test"][0].reshape(8, 2, 8, 2, 3).mean((1, 3))
    assert np.abs(small.test.pixels[0] - expected).max() <= 0.5


def test_arrays_without_a_test_part_are_divided_whole(tmp_path):
    path = save(tmp_path, x_test=None, y_test=None)
    data = load(path, seed=0, shares=Shares(test=0.3, validation=0.1))
    assert [len(p) for p in (data.train, data.validation, data.test)] == [36, 6, 18]


def test_test_pictures_that_were_learned_are_told(tmp_path):
    one = arrays(side=32)
    one["x_test"][4] = one["x_train"][9]
    brighter = one["x_train"][20].astype(int) // 2 + 60
    one["x_test"][7] = brighter.astype(np.uint8)
    data = read(save(tmp_path, **one))
    (note,) = data.notes
    assert note.startswith("2 pictures are of the given test or validation part in the training")
    assert "x_test[4], x_test[7]" in note
    assert len(data.test) == 20  # as it was given


def test_equal_training_pictures_stay_together_beside_a_given_test_part(tmp_path):
    one = arrays()
    one["x_train"][33:60] = one["x_train"][:27]  # x_train[i + 33] is x_train[i], of the same class
    one["x_train"][31] = one["x_train"][30]  # in two classes
    path = save(tmp_path, **one)
    for seed in range(5):
        data = read(path, seed=seed)
        judging = set(data.validation.names.tolist())
        assert judging
        assert all((f"x_train[{i}]" in judging) == (f"x_train[{i + 33}]" in judging)
                   for i in range(27))  # fmt: skip
        assert not judging & {"x_train[30]", "x_train[31]"}
        assert [str(note)[:35] for note in data.notes] == [
            "1 picture is in two classes: x_trai", "27 pictures are more than once in a"
        ]  # fmt: skip


def test_every_picture_is_listed_as_it_came(tmp_path):
    listing = pictures_of(save(tmp_path))
    pictures = list(listing.pictures)
    assert listing.count == len(pictures) == 80
    assert [p.part for p in pictures] == ["train"] * 60 + ["test"] * 20
    assert pictures[61].name == "x_test[1]"
    assert np.array_equal(pictures[61].frame, arrays()["x_test"][1])


def test_stratified_deals_evenly_and_small_classes_give_all(tmp_path):
    path = save(tmp_path, y_train=np.array([0] * 40 + [1] * 16 + [2] * 4))
    train = read(path).train  # 36, 14 and 3 pictures
    chosen = stratified(train, 23, seed=0)
    assert np.bincount(train.class_ids[chosen]).tolist() == [10, 10, 3]
    assert len(set(chosen.tolist())) == 23
    assert np.array_equal(chosen, stratified(train, 23, seed=0))
    assert not np.array_equal(chosen, stratified(train, 23, seed=1))
    assert len(stratified(train, 1000, seed=0)) == len(train)


def test_grey_pictures_get_a_channel(tmp_path):
    tiny = arrays(channels=0)
    data = read(save(tmp_path, **tiny))
    assert data.train.pixels.shape[1:] == (16, 16, 1)
    assert data.spec.channels == 1


def test_classes_may_come_as_a_column(tmp_path):
    data = read(save(tmp_path, y_train=(np.arange(60) % 3)[:, None]))
    assert set(data.train.class_ids.tolist()) == {0, 1, 2}


def test_labels_come_from_the_file_its_name_or_the_numbers(tmp_path):
    assert read(save(tmp_path)).labels == ("0", "1", "2")
    named = save(tmp_path, labels=np.array(["cat", "dog", "owl"]))
    assert read(named).labels == ("cat", "dog", "owl")
    ten = {k: v for k, v in arrays(classes=10, train=100).items()}
    assert read(save(tmp_path, "cifar10.npz", **ten)).labels == LABELS["cifar10"]


def test_other_labels_must_be_as_many(tmp_path):
    data = read(save(tmp_path))
    assert with_labels(data, ("a", "b", "c")).labels == ("a", "b", "c")
    with pytest.raises(DataError, match="--labels: 2 names for 3 classes; name every class"):
        with_labels(data, ("a", "b"))


@pytest.mark.parametrize(
    "changes, fault",
    [
        pytest.param({"y_test": None}, "has no array y_test; save it with", id="key missing"),
        pytest.param(
            {"x_train": arrays()["x_train"] / 255}, "x_train is float64; give uint8", id="floats"
        ),
        pytest.param({"y_train": np.zeros(59, int)}, "each of the 60 pictures", id="lengths"),
        pytest.param({"y_train": np.arange(60) % 3 - 1}, "0 or more", id="negative class"),
        pytest.param({"y_train": (np.arange(60) % 3) / 1}, "type float64", id="float classes"),
        pytest.param({"x_train": np.zeros((60, 300), np.uint8)}, r"shape \(60, 300\)", id="flat"),
        pytest.param(
            {"x_train": np.zeros((60, 16, 16, 4), np.uint8)}, "give .n, height, width, 3", id="4"
        ),
        pytest.param(
            {"x_test": np.zeros((0, 16, 16, 3), np.uint8), "y_test": np.zeros(0, int)},
            "n above 0",
            id="no test pictures",
        ),
        pytest.param(
            {"x_test": np.zeros((20, 18, 18, 3), np.uint8)}, "give both the same size", id="sizes"
        ),
        pytest.param(
            {"y_train": np.arange(60) % 2 * 2}, "class 1 has no training", id="one of three"
        ),
        pytest.param(
            {"y_train": np.zeros(60, int), "y_test": np.zeros(20, int)},
            "fewer than two classes",
            id="one class only",
        ),
        pytest.param(
            {"y_train": np.array([0, 10**9] * 30)},
            "class number 1,000,000,000 but only 60",
            id="a class number that would fill the memory",
        ),
        pytest.param({"labels": np.array(["a", "b"])}, "3 classes but 2 labels", id="labels"),
        pytest.param({"labels": np.array("a")}, "3 classes but 1 labels", id="one label"),
        pytest.param(
            {"labels": np.array([{}, {}, {}], object)}, "not a readable .npz file", id="pickled"
        ),
    ],
)
def test_bad_arrays_are_told(tmp_path, changes, fault):
    with pytest.raises(DataError, match=fault) as raised:
        read(save(tmp_path, **changes))
    assert str(raised.value).startswith(f"{tmp_path / 'tiny.npz'}: ")


def test_what_is_no_data_set_is_told(tmp_path):
    with pytest.raises(DataError, match="nowhere: no such file or folder; give a folder"):
        read(str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"nowhere\.npz: no such file; save it"):
        read(str(tmp_path / "nowhere.npz"))
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=r"notes\.txt: not a data set; give"):
        read(str(tmp_path / "notes.txt"))
    with pytest.raises(DataError, match="--data: is empty; give a folder"):
        read("")


def test_a_folder_with_the_name_of_a_known_data_set_is_not_passed_over_in_silence(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert not [note for note in read("digits").notes if "./" in note]
    (tmp_path / "digits").mkdir()
    told = "--data digits: the known data set; for the folder here write ./digits"
    assert told in read("digits").notes
    assert told in pictures_of("digits").notes
    with pytest.raises(DataError, match="digits: has no photos"):
        read("./digits")
