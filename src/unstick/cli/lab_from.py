"""``unstick lab from``: one end of a captured connection, played against this kernel."""

from __future__ import annotations

import argparse
from argparse import Namespace

from unstick.cli import FOUND, OK, output
from unstick.cli.parser import number
from unstick.errors import UsageError

ABOUT = """\
Takes one end of a connection in your capture and plays it once more: the same
segments at the same times, with the same relations of numbers, and the same
options. The other end is this machine's kernel, with a program that sends,
reads and closes as the captured one did. Then both are held side by side.

Nothing of the payload or the addresses is used, and nothing leaves the
namespaces it is played in. Needs root.
"""
EPILOG = """\
examples:
  sudo unstick lab from office.pcap --stream 0
  sudo unstick lab from office.pcap --stream 0 --side server
  sudo unstick lab from slow.pcap --stream 3 --scale 0.1 --keep play.pcapng

exit status:
  0    this kernel reacts as the captured end did
  1    it reacts differently
  2    could not do it: one line says why, a hint says what to do

see also:
  unstick trace, unstick lab run, unstick profiles
"""


def scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0.001 to 100")
    return value


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = ABOUT
    parser.add_argument("capture", metavar="CAPTURE", help="pcap or pcapng, near the tried end")
    parser.add_argument(
        "--stream", type=number, required=True, metavar="N", help="numbered as in Wireshark"
    )
    parser.add_argument(
        "--side",
        choices=("client", "server"),
        default="client",
        help="which end is played; the other is this kernel (default: client)",
    )
    parser.add_argument(
        "--scale", type=scale, default=1.0, metavar="X", help="times are multiplied by this"
    )
    parser.add_argument("--keep", metavar="FILE", help="keep the capture of the play (pcapng)")
    parser.epilog = EPILOG


def run(options: Namespace) -> int:
    import platform
    from pathlib import Path

    from unstick.cli.captures import expand
    from unstick.lab.errors import require_root
    from unstick.lab.playback import reading
    from unstick.lab.playback.comparing import compare, profile_of
    from unstick.lab.playback.plan import plan
    from unstick.lab.playback.playing import play
    from unstick.lab.playback.telling import result, setup

    (path,) = expand([options.capture])
    if path == "-":
        raise UsageError("lab from reads its capture twice", "name a file")
    profile = profile_of(platform.release())
    planned = plan(reading.segments(path, options.stream), options.side, options.scale)
    connection = reading.connection_of(path, options.stream, profile)
    require_root("from")
    look = output.look(None)
    kernel = f"{platform.system()} {platform.release()}"
    output.write_lines(None, setup(planned, Path(path).name, options.stream, kernel, look))
    here, frames = play(planned, options.scale)
    compared = compare(planned, connection, here)
    output.write_lines(None, result(compared, here, profile, look))
    if options.keep is not None:
        says = f"stream {options.stream} of a capture, its {options.side} played against {kernel}"
        with output.replaced(options.keep) as place:
            reading.write(Path(place), frames, says, kernel)
        output.write_lines(None, ["", *look.wrap(f"The play: unstick explain {options.keep}")])
    return OK if compared.same else FOUND
