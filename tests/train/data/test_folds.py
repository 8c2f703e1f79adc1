"""train.data.folds: every picture judges once, and no scene is on two sides."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from edge.errors import DataError, UsageError
from train.data.folds import fold_datasets
from train.data.source import load, load_material

pytest.importorskip("sklearn")


def test_every_picture_judges_once(photos):
    folds = list(fold_datasets(str(photos), folds=5, seed=0, size=16))
    assert len(folds) == 5
    tested = [name for data in folds for name in data.test.names.tolist()]
    assert len(tested) == len(set(tested)) == 120
    for data in folds:
        assert np.bincount(data.test.class_ids).tolist() == [8] * 3
        assert np.bincount(data.validation.class_ids).tolist() == [4] * 3
        names = [set(p.names.tolist()) for p in (data.train, data.validation, data.test)]
        assert len(names[0] | names[1] | names[2]) == 120 == sum(map(len, names))


def test_scenes_are_on_one_side(tmp_path, photos):
    folder = shutil.copytree(photos, tmp_path / "twice")
    for path in sorted(folder.glob("*/*.png")):
        shutil.copy(path, path.with_name(f"again{path.stem}x.png"))
    names = load_material(str(folder), size=None, photo_size=16)
    scene = dict(zip(names.images.names.tolist(), names.scenes.tolist(), strict=True))
    assert len(set(scene.values())) == 120
    for data in fold_datasets(str(folder), folds=3, seed=1, size=16):
        parts = [
            {scene[name] for name in part.names.tolist()}
            for part in (data.train, data.validation, data.test)
        ]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
        assert np.bincount(data.test.class_ids).min() >= 24


def test_given_parts_are_put_together_first(digits):
    one = load(str(digits), seed=0)
    total = len(one.train) + len(one.validation) + len(one.test)
    folds = list(fold_datasets(str(digits), folds=3, seed=0))
    assert sum(len(data.test) for data in folds) == total == 1797
    assert {str(n).split("[")[0] for n in folds[0].test.names} == {"x_train", "x_test"}


def test_the_seed_decides_the_folds(photos):
    def first(seed):
        return next(fold_datasets(str(photos), folds=4, seed=seed, size=16)).test.names.tolist()

    assert first(0) == first(0) != first(1)


def test_a_class_of_one_scene_is_refused_before_any_fold(tmp_path, photos):
    for path in sorted(photos.glob("*/*")):
        (tmp_path / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.parent.name)
    (tmp_path / "alone").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "alone" / "one.png"), noise)
    with pytest.raises(DataError, match="class alone has too few scenes for 3 folds"):
        next(fold_datasets(str(tmp_path), folds=3, seed=0, size=16))


@pytest.mark.parametrize("folds", [0, 1, 41])
def test_wrong_numbers_of_folds_are_refused(photos, folds):
    with pytest.raises(UsageError, match=f"--folds {folds}: must be from 2 to 40 for "):
        next(fold_datasets(str(photos), folds=folds, seed=0, size=16))
