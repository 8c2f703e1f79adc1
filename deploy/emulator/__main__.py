"""A Raspberry Pi in a box, on an x86-64 Debian: sudo python3 -m deploy.emulator COMMAND.

build    make the systems, Bookworm's and Trixie's, as root file systems for arm64
run      run a command in one of them, as if on a board
check    the golden frames, the demo and the device's tests, on every system and board
count    the instructions that one frame takes, and whether they have grown
camera   a whole machine with a camera device, which is unplugged while the app runs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.emulator import camera, camera_checks, camera_plan, check, instructions, machine
from deploy.emulator.boards import BOARDS
from deploy.emulator.build import build
from deploy.emulator.count import Counter, count_all
from deploy.emulator.guest import DEFAULT_WORK, REPOSITORY, Guest
from deploy.emulator.host import COUNTING_PROGRAMS, check_host, let_arm64_run
from deploy.emulator.systems import RUNTIMES, SYSTEMS
from edge.atomic import replace_file
from edge.cli import NOT_PASSED, run_command
from edge.errors import UsageError
from edge.messages import print_message

_PROGRAM = "python3 -m deploy.emulator"


def _build(args: argparse.Namespace) -> None:
    check_host()
    let_arm64_run()
    for name in args.system:
        # Any board does: packages are the same for all of them.
        build(Guest(args.work.resolve(), SYSTEMS[name], BOARDS["pi4"]))


def _run(args: argparse.Namespace) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("run: no command; put it after --, as in `run -- python -m edge.doctor`")
    check_host()
    let_arm64_run()
    guest = Guest(args.work.resolve(), SYSTEMS[args.system], BOARDS[args.board])
    guest.require()
    return guest.run(command)


def _check(args: argparse.Namespace) -> int:
    check_host()
    guests = _guests(args)
    outcomes = []
    for guest in guests:
        for outcome in check.check(guest, args.part, args.runtime):
            outcomes.append(outcome)
            print_message(f"{'passed' if outcome.passed else 'FAILED'}: {outcome.detail}")
    print(check.table(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else NOT_PASSED


def _count(args: argparse.Namespace) -> int:
    if args.rounds < 2:
        raise UsageError("--rounds: needs 2 or more, the first half warms up")
    check_host(COUNTING_PROGRAMS)
    before = instructions.read_counts(args.against) if args.against else []
    guests = _guests(args)
    counter = Counter(args.work.resolve(), args.rounds)
    models = [*sorted((REPOSITORY / "models").glob("*.tflite")), *args.model]
    counts: list[instructions.Count] = []
    try:
        for count in count_all(counter, guests, args.runtime, [m.resolve() for m in models]):
            counts.append(count)
    finally:  # each took minutes: one that fails does not lose those before it
        print(instructions.table(counts))
    if args.json:
        facts = {"unit": "guest instructions a frame", "rounds": args.rounds,
            "qemu": counter.qemu_version}  # fmt: skip
        with replace_file(args.json) as stream:
            stream.write(instructions.write_counts(counts, _told(args), facts))
        print_message(f"written: {args.json}")
    return _judge(before, counts, args.tolerance / 100) if args.against else 0


def _camera(args: argparse.Namespace) -> int:
    if args.limit <= 0:
        raise UsageError("--limit: needs more than 0 seconds")
    check_host(machine.PROGRAMS)
    # Newer kernels loop their camera in another way.
    guest = Guest(args.work.resolve(), SYSTEMS["bookworm"], BOARDS[args.board])
    guest.require()
    trial = camera.try_camera(guest, args.part, args.limit)
    print(camera_checks.table(trial.checks))
    failed = sum(not one.passed for one in trial.checks)
    print_message(
        f"{guest.system.name}, {guest.board.name}: {failed} of {len(trial.checks)} checks failed, "
        f"{trial.seconds:.0f} s"
    )
    return NOT_PASSED if failed else 0


def _told(args: argparse.Namespace) -> str:
    """The command that counts the same elsewhere: files by their names, no --work."""
    words = [_PROGRAM, "count"]
    for name, choices in (("system", SYSTEMS), ("board", BOARDS), ("runtime", RUNTIMES)):
        wanted = getattr(args, name)
        if set(wanted) != set(choices):
            words += [f"--{name}", *wanted]
    if args.model:
        words += ["--model", *(model.name for model in args.model)]
    return " ".join([*words, "--rounds", str(args.rounds)])


def _judge(
    before: Sequence[instructions.Count], after: Sequence[instructions.Count], tolerance: float
) -> int:
    """Say what grew by more than ``tolerance``, a fraction; exit code 3 if anything did."""
    for line in instructions.not_compared(before, after):
        print_message(f"note: {line}")
    changes = instructions.compare(before, after)
    for change in changes:
        if change.others:
            print_message(f"note: {change.after.name}: {change.others}")
    grown = [change for change in changes if change.growth > tolerance]
    for change in grown:
        print_message(
            f"error: {change.after.name}: the pipeline executes {change.growth:+.1%} instructions "
            f"({change.before.own:,} before, {change.after.own:,} now), most of it in "
            f"{change.worst_stage}; {tolerance:.0%} are allowed"
        )
    if not grown:
        worst = max(changes, key=lambda change: change.growth)
        print_message(
            f"{len(changes)} counts compared: the pipeline's own instructions are within "
            f"{tolerance:.0%}, {worst.growth:+.2%} at most"
        )
    return NOT_PASSED if grown else 0


def _guests(args: argparse.Namespace) -> list[Guest]:
    """Every system on every board that was asked for; EdgeError where one is not built."""
    work = args.work.resolve()
    guests = [
        Guest(work, SYSTEMS[system], BOARDS[board])
        for system in args.system
        for board in args.board
    ]
    guests = [guest for guest in guests if guest.runtimes(args.runtime)]
    if not guests:
        raise UsageError(f"--runtime {' '.join(args.runtime)}: not on {' '.join(args.system)}")
    for guest in guests:
        guest.require()
    let_arm64_run()
    return guests


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m deploy.emulator."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="A Raspberry Pi in a box: an emulated arm64 system that runs this repository.",
        epilog="What it needs, and what it cannot tell: docs/emulator.md.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        added.set_defaults(run=run)
        added.add_argument("--work", type=Path, default=DEFAULT_WORK, metavar="DIR",
            help="where the systems are (default: build/emulator)")  # fmt: skip
        return added

    def several(added: argparse.ArgumentParser, name: str, choices: Sequence[str]) -> None:
        added.add_argument(name, nargs="+", choices=choices, default=list(choices),
            help="default: all")  # fmt: skip

    add = command("build", _build, "make the systems, or what is missing of them")
    several(add, "--system", list(SYSTEMS))

    add = command("run", _run, "run a command in a system, as if on a board")
    add.add_argument("--system", choices=SYSTEMS, default="bookworm", help="default: bookworm")
    add.add_argument("--board", choices=BOARDS, default="pi4", help="default: pi4")
    add.add_argument("command", nargs=argparse.REMAINDER, help="-- and the command")

    add = command("check", _check, "try what must work on a device, on every system and board")
    several(add, "--system", list(SYSTEMS))
    several(add, "--board", list(BOARDS))
    several(add, "--runtime", RUNTIMES)
    several(add, "--part", list(check.PARTS))

    add = command("camera", _camera, "try the app on a camera device, in a machine of its own")
    add.add_argument("--board", choices=BOARDS, default="pi4", help="default: pi4")
    several(add, "--part", camera_plan.STEPS)
    add.add_argument("--limit", type=float, default=camera.LIMIT_S, metavar="SECONDS",
        help="end a machine that is not off by then (default: %(default).0f)")  # fmt: skip

    add = command("count", _count, "count the instructions that one frame takes")
    several(add, "--system", list(SYSTEMS))
    several(add, "--board", list(BOARDS))
    several(add, "--runtime", RUNTIMES)
    add.add_argument("--model", type=Path, nargs="+", default=[], metavar="FILE",
        help="count these, too, beside the shipped ones")  # fmt: skip
    add.add_argument("--rounds", type=int, default=20, help="frames a count (default: 20)")
    add.add_argument("--json", type=Path, metavar="FILE", help="write the counts there, too")
    add.add_argument("--against", type=Path, metavar="FILE",
        help="exit with 3 where the pipeline's own instructions have grown since")  # fmt: skip
    add.add_argument("--tolerance", type=float, default=5.0, metavar="PERCENT",
        help="how much they may grow (default: 5)")  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    args = build_parser().parse_args(argv)
    return run_command(args.run, args)


if __name__ == "__main__":
    sys.exit(main())
