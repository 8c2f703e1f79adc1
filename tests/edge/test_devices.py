"""Which /dev/video nodes are cameras, on trees as the kernel lays them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.devices import check_device, choice, failure, video_nodes

# Names and drivers as `v4l2-ctl --list-devices` shows them.
PI_4 = {
    "video0": ("unicam-image", "unicam", 0),
    "video1": ("unicam-embedded", "unicam", 1),
    "video10": ("bcm2835-codec-decode", "bcm2835-codec", 0),
    "video13": ("bcm2835-isp-output0", "bcm2835-isp", 0),
    "video19": ("rpivid", "rpivid", 0),
}
PI_5 = {
    "video0": ("rp1-cfe-csi2_ch0", "rp1-cfe", 0),
    "video19": ("rpi-hevc-dec", "rpi-hevc-dec", 0),
    "video20": ("pispbe-input", "pispbe", 0),
}
WEBCAM = {
    "video2": ("HD Pro Webcam C920", "uvcvideo", 0),
    "video3": ("HD Pro Webcam C920", "uvcvideo", 1),
    "video4": ("HD Pro Webcam C920", "uvcvideo", 2),
    "video5": ("HD Pro Webcam C920", "uvcvideo", 3),
}


def sysfs(folder: Path, nodes: dict[str, tuple[str, str, int]]) -> Path:
    """A /sys with these nodes: name, driver, number among the nodes of its device."""
    for node, (name, driver, index) in nodes.items():
        place = folder / "class" / "video4linux" / node
        (place / "device").mkdir(parents=True)
        (place / "name").write_text(f"{name}\n")
        (place / "index").write_text(f"{index}\n")
        (folder / "drivers" / driver).mkdir(parents=True, exist_ok=True)
        (place / "device" / "driver").symlink_to(folder / "drivers" / driver)
    return folder


def test_nodes_are_told_apart_and_sorted_by_number(tmp_path: Path) -> None:
    assert video_nodes(sysfs(tmp_path, PI_4 | WEBCAM)) == {
        "video0": "pi camera",
        "video1": "pi camera",
        "video2": "camera",
        "video3": "metadata",
        "video4": "camera",
        "video5": "metadata",
        "video10": "processor",
        "video13": "processor",
        "video19": "processor",
    }
    assert list(video_nodes(tmp_path))[-1] == "video19"


@pytest.mark.parametrize(
    ("nodes", "node", "says"),
    [
        pytest.param(
            PI_4, "video0", "which only libcamera can read; use --source picamera", id="Pi 4"
        ),
        pytest.param(
            PI_5, "video0", "which only libcamera can read; use --source picamera", id="Pi 5"
        ),
        pytest.param(PI_5, "video19", "not a camera; for the Raspberry Pi camera use", id="codec"),
        pytest.param(
            {"video10": PI_4["video10"]}, "video10", "(no camera is here)", id="codec, no camera"
        ),
        pytest.param(
            WEBCAM, "video3", "not its pictures; choose --source from /dev/video2, /dev/video4",
            id="metadata",
        ),
        pytest.param(WEBCAM, "video2", "gave no frame; check the cable", id="a camera"),
        pytest.param({}, "video0", "gave no frame; check the cable", id="gone meanwhile"),
    ],
)  # fmt: skip
def test_what_failed_is_explained_by_what_the_node_is(
    nodes: dict[str, tuple[str, str, int]], node: str, says: str, tmp_path: Path
) -> None:
    device = Path("/dev") / node
    assert says in failure(device, "gave no frame", "check the cable", sysfs(tmp_path, nodes))


def test_a_link_such_as_by_id_is_followed(tmp_path: Path) -> None:
    tree = sysfs(tmp_path / "sys", WEBCAM)
    (tmp_path / "video3").touch()
    link = tmp_path / "usb-046d_C920-video-index1"
    link.symlink_to(tmp_path / "video3")
    assert "metadata" in failure(link, "gave no frame", "check the cable", tree)


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        pytest.param(PI_4 | WEBCAM, "from /dev/video2, /dev/video4, picamera", id="both"),
        pytest.param(PI_5, "choose --source from picamera", id="Pi camera"),
        pytest.param({}, "(no camera is here)", id="none"),
    ],
)  # fmt: skip
def test_the_choice_names_what_can_be_read(
    nodes: dict[str, tuple[str, str, int]], says: str, tmp_path: Path
) -> None:
    assert says in choice(sysfs(tmp_path, nodes))


def test_an_index_that_is_not_there_names_the_pi_camera_that_is(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such device; here is a Raspberry Pi camera, which"):
        check_device("camera 5", Path("/dev/video97"), sysfs(tmp_path, PI_5))


def test_an_index_that_is_not_there_names_the_cameras_that_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="in, or choose --source from /dev/video2, /dev/video4"):
        check_device("camera 5", Path("/dev/video97"), sysfs(tmp_path, WEBCAM))
