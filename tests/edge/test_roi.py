"""edge.roi: the texts that name a region, and those that name none."""

from __future__ import annotations

import pytest

from edge.roi import Roi


def test_roi_reads_back_as_it_was_written():
    assert str(Roi.parse("0.25,0.5,0.5,0.5")) == "0.25,0.5,0.5,0.5"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "nan,0,1,1",
        "-1,0,10,10",
        "0,0,0,5",
        "0.5,0,0.6,1",
        "0.5,0,320,240",
        "0,0,inf,1",
    ],
)
def test_roi_that_names_no_region_is_refused(text):
    with pytest.raises(ValueError):
        Roi.parse(text)
