"""train.evaluation.report: the page says the numbers, stands alone, and takes any label."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

VOID = {"meta", "img", "br", "line", "path", "rect", "circle"}


class Page(HTMLParser):
    """Elements in order, and every tag closed where it must be."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def read(folder):
    page = (folder / "report.html").read_text("utf-8")
    return Page(page), json.loads((folder / "report.json").read_text())


def decoded(uri):
    data = base64.b64decode(uri.partition(",")[2])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_the_report_of_a_run_says_its_numbers(digits_run):
    page, report = read(digits_run)
    record = json.loads((digits_run / "run.json").read_text())
    text = "".join(page.text)
    result = record["results"]["float"]
    low, high = result["ci95"]
    assert f"{result['top1']:.2%} of 397 test pictures" in text
    assert f"95 % CI {low:.2%} to {high:.2%}" in text
    assert f"{result['macro_f1']:.3f}" in text
    assert record["data"]["sha256"] in text and report["data"]["sha256"] in text
    progress = record["progress"]
    assert f"2 epochs in {progress['seconds'] / 60:.1f} min" in text
    assert f"right for {progress['best_accuracy']:.2%} of the 140 validation pictures" in text
    assert {"--data", "--learning-rate"} <= set(text.split())
    assert record["tools"]["tensorflow"] in text


def test_the_json_agrees_with_the_record(digits_run):
    _, report = read(digits_run)
    record = json.loads((digits_run / "run.json").read_text())
    result = record["results"]["float"]
    assert report["accuracy"] == {key: result[key] for key in ("top1", "n", "ci95")}
    assert report["averages"]["balanced_accuracy"]["value"] == result["balanced_accuracy"]
    low, high = report["averages"]["macro_f1"]["ci95"]
    assert low < report["averages"]["macro_f1"]["value"] < high
    for one in report["classes"]:
        assert one["recall"]["value"] == pytest.approx(result["recall"][one["label"]], abs=1e-4)
    assert np.sum(report["confusion"]["counts"]) == 397
    assert report["top3"]["top1"] >= report["accuracy"]["top1"]
    assert report["recipe"] == record["recipe"] and report["command"] == record["command"]
    assert report["training"] == record["progress"]


def test_the_page_stands_alone_and_can_be_read_aloud(digits_run):
    page, _ = read(digits_run)
    assert not page.of("script") and not page.of("link")
    text = (digits_run / "report.html").read_text("utf-8")
    assert not re.search(r"""(src|href)=["'](?!data:)""", text) and "url(" not in text
    images = page.of("img")
    assert len(images) > 12
    for image in images:
        assert image["alt"]
        assert decoded(image["src"]).shape == (32, 32, 3)
    assert all(heading.get("scope") in ("row", "col") for heading in page.of("th"))
    drawings = [svg for svg in page.of("svg") if svg.get("role") == "img"]
    assert len(drawings) >= 3 and all(drawing["aria-label"] for drawing in drawings)
    assert "prefers-color-scheme: dark" in text and "width=device-width" in text


def test_labels_and_files_stay_text(written):
    labels = ("<script>alert(1)</script>", 'a "b" & | c_d*', "10$ é {{ x }}")
    folder = written(labels, np.full((3, 3), 4), skipped=("<b>.jpg: bad",), notes=("a & b",))
    page, report = read(folder)
    assert not page.of("script") and not page.of("b")
    assert all(label in "".join(page.text) for label in labels)
    assert [one["label"] for one in report["classes"]] == list(labels)
    assert report["data"]["skipped"] == ["<b>.jpg: bad"]
    assert "<b>.jpg: bad" in page.text and "a & b" in page.text
    card = (folder / "model-card.md").read_text("utf-8")
    assert "<script>" not in card and r'a "b" & \| c\_d\*' in card


def test_half_characters_in_a_file_name_are_no_obstacle(written):
    folder = written(("cat", "dog"), [[9, 1], [1, 9]], skipped=("caf\udce9.jpg: bad",))
    assert "caf?.jpg: bad" in read(folder)[0].text


def test_two_classes_get_their_curves(written):
    page, report = read(written(("good", "broken"), [[80, 5], [4, 16]]))
    assert "Finding broken" in page.text
    assert report["curves"]["class"] == "broken" and report["top3"] is None
    assert report["classes"][0]["roc_auc"]["value"] == report["classes"][1]["roc_auc"]["value"]


def test_groups_are_shown_with_the_weakest_first(written):
    groups = ["day"] * 100 + ["night"] * 100
    page, report = read(written(("cat", "dog"), [[95, 5], [40, 60]], groups=groups))
    assert [(group["name"], group["top1"]) for group in report["groups"]] == [
        ("night", 0.6),
        ("day", 0.95),
    ]
    assert "worse" in page.text
    card = (written(("cat", "dog"), [[9, 1], [1, 9]]) / "model-card.md").read_text("utf-8")
    assert "No groups were given" in card


def test_a_thousand_classes_fit_on_the_page(written):
    labels = [f"class {i}" for i in range(1000)]
    confusion = np.diag(np.full(1000, 4)) + np.roll(np.eye(1000, dtype=int), 1, axis=1)
    folder = written(labels, confusion, side=4)
    page, report = read(folder)
    (heat,) = [image for image in page.of("img") if image.get("class") == "heat"]
    assert decoded(heat["src"]).shape == (1000, 1000, 4)
    assert "960 classes with a higher recall" in "".join(page.text)
    assert len(report["classes"]) == 1000
    assert (folder / "report.html").stat().st_size < 1_000_000


def test_photos_keep_the_page_small(written):
    confusion = np.full((6, 6), 1) + 3 * np.eye(6, dtype=int)
    folder = written([f"class {i}" for i in range(6)], confusion, side=224)
    page, _ = read(folder)
    assert decoded(page.of("img")[0]["src"]).shape == (192, 192, 3)
    # Noise is the worst that a JPEG can meet; photos take a fifth of it.
    assert (folder / "report.html").stat().st_size < 3_000_000


def test_nothing_wrong_and_nothing_right_are_both_told(written):
    page, _ = read(written(("cat", "dog"), [[5, 0], [0, 5]]))
    assert "No test picture was named wrongly." in page.text
    page, _ = read(written(("cat", "dog"), [[0, 5], [5, 0]], channels=1))
    assert "Right answers" not in page.text


def test_the_card_has_the_sections_of_its_paper_and_room_for_the_user(digits_run):
    card = (digits_run / "model-card.md").read_text("utf-8")
    assert [line[3:] for line in card.splitlines() if line.startswith("## ")] == [
        *("Model details", "Intended use", "Factors", "Metrics", "Evaluation data"),
        *("Training data", "Quantitative analyses", "Ethical considerations"),
        "Caveats and recommendations",
    ]
    assert card.count("**For you to fill in**") == 5
    record = json.loads((digits_run / "run.json").read_text())
    assert record["data"]["sha256"] in card
    assert f"{record['results']['float']['top1']:.2%}" in card
    assert "1,260 pictures of the same source for training and 140 for choosing" in card
    widths = [line.count("|") for line in card.splitlines() if line.startswith("|")]
    assert widths[:9] == [4] * 9 and set(widths[9:]) == {8}
