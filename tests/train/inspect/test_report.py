"""train.inspect.report: the page needs nothing from elsewhere, and says what was found."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from train.inspect.inspection import inspect
from train.inspect.report.folder import write_folder
from train.inspect.report.page import page
from train.inspect.report.plots import balance_plot
from train.inspect.report.record import record
from train.inspect.report.sheets import Item, class_items, draw_sheet
from train.inspect.report.terminal import summary


@pytest.fixture
def inspection(nasty, survey_of):
    return inspect(survey_of(nasty), 0)


def test_the_page_is_whole_and_harmless(inspection):
    html = page(inspection).decode()
    assert "Fotos &amp; Müll" in html and "&lt;b&gt;one &amp; only.png" in html
    assert "<b>one" not in html
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", html)
    for finding in inspection.findings:
        assert finding.title in html and finding.advice in html
    for label in ("red", "green", "blue", "few"):
        assert f"<h3>{label}: " in html


def test_the_record_names_every_picture_of_every_finding(inspection):
    read = json.loads(record(inspection))
    assert read["pictures"] == 129 and read["classes"]["few"] == 1
    findings = {finding["key"]: finding for finding in read["findings"]}
    crossed = [set(group) for group in findings["copies-across-classes"]["groups"]]
    assert {"green/wrong.png", "red/00.png"} in crossed and len(crossed) == 2
    assert len(read["files"]) == 129 and read["labels"] is None


def test_the_folder_holds_a_picture_a_class_and_a_finding(inspection, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "finding-of-before.png").write_bytes(b"")
    (out / "mine.txt").write_text("kept")
    write_folder(out, inspection)
    written = {path.name for path in out.iterdir()}
    assert {"report.html", "report.json", "balance.png", "sizes.png", "mine.txt"} <= written
    assert {"class-003-red.png", "finding-dark.png", "finding-turned.png"} <= written
    assert "finding-of-before.png" not in written
    for path in out.glob("*.png"):
        with Image.open(path) as image:
            image.verify()


def test_the_summary_fits_a_screen_and_ends_with_what_to_do(inspection):
    lines = list(summary(inspection))
    assert len(lines) < 40
    start = next(i for i, line in enumerate(lines) if line.startswith("what to do"))
    told = "\n".join(lines[start:])
    for finding in inspection.findings:
        assert finding.title in told


def crossed(lines):
    (line,) = (line for line in lines if "The same picture in two classes" in line)
    return line


def test_an_example_names_a_picture_of_each_class(four_of_one, survey_of):
    line = crossed(summary(inspect(survey_of(four_of_one), 0)))
    assert line.endswith(": green/1st.png = red/00.png and 2 more")


def test_an_example_names_four_classes_at_most(photos, tmp_path, survey_of):
    for label in "abcde":
        (tmp_path / label).mkdir()
        shutil.copy(photos / "red" / "00.png", tmp_path / label)
    line = crossed(summary(inspect(survey_of(tmp_path), 0)))
    assert line.endswith(": a/00.png = b/00.png = c/00.png = d/00.png and 1 more")


def test_the_page_shows_a_picture_of_each_class_however_many_there_are(four_of_one, survey_of):
    for number in range(30):  # more of one class than a section shows
        shutil.copy(four_of_one / "green" / "1st.png", four_of_one / "green" / f"x{number}.png")
    html = page(inspect(survey_of(four_of_one), 0)).decode()
    section = html.split('<section id="copies-across-classes">')[1].split("</section>")[0]
    assert section.count('class="caption"') == 24
    assert "1: green" in section and "1: red" in section


def test_a_sheet_shows_its_pictures(inspection):
    items = class_items(inspection.survey, 0, 0)
    sheet = draw_sheet("blue", items)
    first = Image.open(BytesIO(items[0].tile)).convert("RGB").resize((1, 1)).getpixel((0, 0))
    shown = sheet.crop((12, 12 + 52, 12 + 144, 52 + 120)).resize((1, 1)).getpixel((0, 0))
    assert shown == pytest.approx(first, abs=12)


def test_any_name_fits_into_a_card(inspection):
    tile = inspection.survey.tiles[0]
    names = ["long " * 60, "猫/写真.jpg", ""]
    assert draw_sheet("title " * 90, [Item(tile, name, name) for name in names]).width < 600


def test_a_class_in_letters_that_the_font_lacks_is_plotted_in_silence(inspection, recwarn):
    survey = inspection.survey
    strange = replace(survey, labels=("金属", *survey.labels[1:]))
    with Image.open(BytesIO(balance_plot(strange))) as plot:
        plot.verify()
    assert not recwarn.list
