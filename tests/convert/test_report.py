"""The report: one page and one record of the same figures, whatever a label holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from convert.calibration import Calibration
from convert.compatibility import Operator, Verdict
from convert.conversion import Conversion
from convert.gate import Verdict as GateVerdict
from convert.gate import judge
from convert.graph.correction import Correction
from convert.layers import LayerCost
from convert.pictures import Pictures
from convert.proof.classes import class_changes, confusion
from convert.proof.comparison import Drop, compare
from convert.proof.disagreements import worst_disagreements
from convert.proof.evidence import Evidence
from convert.proof.findings import Findings
from convert.proof.formats import FormatRow, Measured
from convert.proof.page import page, write_page
from convert.proof.record import record, write_record
from convert.proof.reliability import calibrated
from convert.proof.timing import Timing
from convert.proof.wording import milliseconds, signed
from convert.rescue.attempt import Attempt
from convert.rescue.order import Rescue
from convert.robustness import Robustness, Row
from edge.board import read_board
from edge.errors import OutputError
from edge.stats import Accuracy

LABELS = ("<b>cat</b>", 'dog & "friends"', "<script>alert(1)</script>", "Käfer 甲虫")
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """What a browser sees: elements, attributes, text by element."""

    def __init__(self, data):
        super().__init__()
        self.open, self.tags, self.sources, self.texts = [], [], [], []
        self.feed(data.decode("utf-8"))
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [v for k, v in attributes if k in ("src", "href", "xlink:href", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def answers():
    """Scores of both files and the truth for 200 pictures of four classes."""
    rng = np.random.default_rng(0)
    class_ids = np.arange(200) % 4
    scores = rng.dirichlet(np.ones(4), 200)
    scores[np.arange(200), class_ids] += 0.8
    noisy = scores + rng.normal(0, 0.1, scores.shape).clip(0)
    both = [(s / s.sum(axis=1, keepdims=True)).astype(np.float32) for s in (scores, noisy)]
    return *both, class_ids


@pytest.fixture(scope="module")
def evidence(answers):
    """The least that a report needs, of labels that look like HTML."""
    before, after, class_ids = answers
    pixels = np.random.default_rng(1).integers(0, 256, (200, 12, 10, 1), np.uint8)
    names = np.array([f"<i>{i}</i>.png" for i in range(200)])
    found = Findings(
        runtime="litert 2.3.0",
        comparison=compare(before, after, class_ids, (4_000_000, 1_000_000)),
        classes=class_changes(before, after, class_ids, LABELS),
        confusion=confusion(after, class_ids, 4),
        disagreements=worst_disagreements(
            before, after, Pictures(pixels, class_ids, names), LABELS, 24
        ),
        float_scores=before,
        int8_scores=after,
    )
    assert found.disagreements
    return Evidence("A & <B>", "m.tflite", "ab" * 32, "int8", found)


@pytest.fixture(scope="module")
def full(evidence, answers):
    """The same with every part that this package measures."""
    timings = Timing.of([[4.0, 4.2], [4.1, 4.3]]), Timing.of([[1.0, 1.2], [1.1, 1.3]])
    drops = Drop(0, 0, 200), Drop(5, 2, 200)
    results = [
        Measured(Accuracy(190, 200), d, timing) for d, timing in zip(drops, timings, strict=True)
    ]
    return replace(
        evidence,
        gate=judge(*answers),
        formats=(
            FormatRow("float32", 4_000_000, "litert", "2.3.0", results[0]),
            FormatRow("dynamic", 1_000_000, "litert", "2.3.0", "no operator <X>"),
            FormatRow("int8", 1_000_000, "litert", "2.3.0", results[1]),
        ),
        scores=calibrated(*answers, 1.5),
        unknown_threshold=0.4,
        conversions={"int8": Conversion(b"1234", 12.3, 900.0, Correction(12, 50))},
        board=read_board(),
        tools={"numpy": np.__version__},
    )


def test_labels_and_names_stay_text(full):
    seen = Page(page(full))
    assert "script" not in seen.tags
    assert "i" not in seen.tags and "b" not in seen.tags
    text = "".join(seen.texts)
    for label in LABELS:
        assert label in text
    assert "A & <B>" in text
    assert full.findings.disagreements[0].name in text
    assert "no operator <X>" in text


def test_the_page_needs_nothing_from_elsewhere(full):
    seen = Page(page(full))
    assert len(seen.sources) == len(full.findings.disagreements)
    assert all(source.startswith("data:image/png;base64,") for source in seen.sources)
    assert not re.search(rb"https?:|@import|url\(", page(full))


def test_what_was_not_measured_is_left_out(evidence, full):
    heads = re.compile(rb"<h2>([^<]*)</h2>")
    few, many = (heads.findall(page(one)) for one in (evidence, full))
    assert few == [
        b"Float against quantized",
        b"Change by class",
        b"Worst disagreements",
        b"What full int8 takes for what",
        b"How it was made",
    ]
    assert set(many) - set(few) == {b"Formats and runtimes", b"What a score is worth"}
    assert record(full).keys() - record(evidence).keys() == {
        *("gate", "formats", "scores", "unknown_threshold", "conversions", "tools", "machine"),
    }


def test_page_and_record_give_the_same_figures(full, tmp_path):
    write_page(tmp_path / "report.html", full)
    write_record(tmp_path / "report.json", full)
    text = "".join(Page((tmp_path / "report.html").read_bytes()).texts)
    stored = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert stored == record(full)
    comparison = stored["comparison"]
    assert f"{comparison['int8']['top1']:.2%}" in text
    assert f"{stored['scores']['after']['ece']:.4f}" in text
    assert stored["formats"]["justification"] in text
    assert stored["verdict"] in text
    assert stored["model"]["sha256"] in text
    assert comparison["drop"]["points"] == pytest.approx(comparison["drop_points"])
    assert stored["gate"]["drop"] == comparison["drop"]
    assert sum(map(sum, stored["confusion"])) == 200


@pytest.mark.parametrize("second, told", [(4.4, False), (9.0, True)])
def test_a_busy_machine_is_told(full, second, told):
    disturbed = Timing.of([[4.0, 4.1], [second, second]])
    first = full.formats[0]
    rows = (replace(first, result=replace(first.result, timing=disturbed)), *full.formats[1:])
    assert (b"The machine was busy" in page(replace(full, formats=rows))) is told


def test_what_others_found_is_told(full):
    attempt = Attempt(
        *("mixed", "head kept in <float32>", judged(5), Accuracy(190, 200), 0.01, True),
        *(1_200_000, 0.8, 31.0, ("litert",), "slower"),
    )
    layer = LayerCost("block2/conv_1/Relu", "CONV_2D", 0.21, 0.4123)
    calibration = Calibration(
        *(np.zeros((2, 12, 10, 1), np.uint8), ("x.png", "y.png"), dict.fromkeys(LABELS, 0), 7),
        *("photos/<here>", 3),
    )
    clean, noisy = Accuracy(180, 200), Accuracy(120, 200)
    told = replace(
        full,
        layers=(layer,),
        rescue=Rescue((attempt,), ("no <fine-tune>",), b"", attempt, (layer,), 1.2),
        verdicts=(Verdict("Coral Edge TPU", False, ("MEAN has no form",), "its document"),),
        operators=(Operator("CONV_2D", 3, 8, ("int8 -> int8",)),),
        calibration=calibration,
        doubts=("Only 2 pictures: the ranges are guessed.",),
        robustness=Robustness(clean, (Row("noise", "16 of 255", noisy),), 0),
        robustness_plot=b"\x89PNG",
    )
    seen = Page(page(told))
    text = " ".join(seen.texts)
    for words in (
        *("head kept in <float32>", "slower", "no <fine-tune>", layer.name, "21.0%", "0.4123"),
        *("Coral Edge TPU", "MEAN has no form", "its document", "CONV_2D", "int8 -> int8"),
        *("photos/<here>", "the ranges are guessed", "16 of 255", "60.0%", "-30.0"),
    ):
        assert words.replace("-3", "\u22123") in text, words
    assert "data:image/png;base64,iVBORw==" in seen.sources
    stored = json.loads(json.dumps(record(told)))
    assert stored["calibration"]["names"] == ["x.png", "y.png"]
    assert stored["rescue"]["won_by"] == "head kept in <float32>"
    assert stored["operators"] == [
        {"name": "CONV_2D", "version": 3, "count": 8, "types": ["int8 -> int8"]}
    ]
    assert stored["compatibility"][0]["takes"] is False


def test_a_won_rescue_leaves_out_the_biases_of_the_file_that_failed(full):
    attempt = Attempt(
        *("float layers", "head in float32", judged(0), Accuracy(190, 200), 0.01, True),
        *(1_200_000, 0.8, 31.0, ("litert",)),
    )
    lost = Rescue((attempt,), (), None, None, (), 1.2)
    won = replace(lost, winner=b"", won_by=attempt)
    calibration = Calibration(
        *(np.zeros((2, 12, 10, 1), np.uint8), ("x.png", "y.png"), dict.fromkeys(LABELS, 0), 7),
        *("photos", 0),
    )
    wide = Conversion(b"1234", 12.3, 900.0, Correction(9, 12))
    told = replace(full, calibration=calibration, conversions={**full.conversions, "int16x8": wide})
    for outcome, is_told in ((None, True), (lost, True), (won, False)):
        after = replace(told, rescue=outcome)
        texts = Page(page(after)).texts
        assert ("Used for" in texts) is is_told
        words = "each layer's range; biases of 12 layers corrected by 50 pictures"
        assert (words in texts) is is_told
        conversions = record(after)["conversions"]
        assert ("bias_correction" in conversions["int8"]) is is_told
        assert conversions["int16x8"]["bias_correction"] == {"layers": 9, "pictures": 12}


def judged(lost):
    """A gate's verdict on 200 pictures."""
    return GateVerdict(Drop(lost, 0, 200), 0.5)


@pytest.mark.parametrize("limit, word", [(0.0, "Failed"), (100.0, "Passed")])
def test_the_verdict_comes_first(full, answers, limit, word):
    judged = replace(full, gate=judge(*answers, limit))
    assert full.findings.comparison.change.points > 0
    text = "".join(Page(page(judged)).texts)
    assert text.index(f"{word}: full int8 loses") < text.index("Float against quantized")


def test_many_classes_do_not_make_the_page_endless(evidence):
    labels = tuple(f"class {i}" for i in range(1000))
    class_ids = np.arange(2000) % 900
    scores = np.eye(1000, dtype=np.float32)[class_ids]
    found = replace(
        evidence.findings,
        classes=class_changes(scores, scores, class_ids, labels),
        confusion=confusion(scores, class_ids, 1000),
    )
    data = page(replace(evidence, findings=found))
    assert b"860 classes with less loss are in the JSON. 100 classes have no held-out" in data
    assert b"takes for what" not in data
    assert len(data) < 200_000


def test_a_report_that_cannot_be_written_is_one_line(evidence, tmp_path):
    (tmp_path / "taken").mkdir()
    for write in (write_page, write_record):
        with pytest.raises(OutputError, match="taken: cannot be written"):
            write(tmp_path / "taken", evidence)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_names_that_are_no_unicode_do_not_stop_the_report(evidence, tmp_path):
    name = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    write_page(tmp_path / "r.html", replace(evidence, file_name=name))
    write_record(tmp_path / "r.json", replace(evidence, file_name=name))
    assert "caf?.png" in "".join(Page((tmp_path / "r.html").read_bytes()).texts)
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["model"]["file"] == "caf?.png"


@pytest.mark.parametrize(
    "value, written", [(0.001, "0.00"), (-0.001, "0.00"), (-1.234, "\u22121.23"), (2, "+2.00")]
)
def test_signs_are_of_what_is_shown(value, written):
    assert signed(value) == written


def test_times_that_stand_together_have_as_many_digits():
    assert milliseconds(0.0512, 12.3) == ["0.051", "12.300"]
    assert milliseconds(1.234, 125.5) == ["1.23", "125.50"]
    assert milliseconds(125.46) == ["125.5"]
