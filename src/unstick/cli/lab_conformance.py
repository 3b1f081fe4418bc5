"""``unstick lab conformance``: packetdrill scripts against a profile of the model."""

from __future__ import annotations

import argparse
from argparse import Namespace

from unstick.cli import FOUND, OK, output

ABOUT = """\
Reads the packetdrill scripts (*.pkt) in a folder and below it, and asks of each
segment that comes in whether the profile's rules say what the script says: no
answer, an ACK, a reset, and what becomes of the connection. Needs no root and
starts no TCP stack. A subset of the language: what is not in it is counted.
"""
EPILOG = """\
examples:
  unstick lab conformance tcp-testsuite --profile freebsd
  unstick lab conformance tests --profile linux-6.17 --format json | jq .failed

exit status:
  0    no script that could be run says anything else than the profile
  1    some do
  2    could not do it: one line says why, a hint says what to do

see also:
  unstick profiles NAME, docs/conformance.md
"""


def fill(parser: argparse.ArgumentParser) -> None:
    parser.description = ABOUT
    parser.add_argument("folder", metavar="DIR", help="packetdrill scripts, in it and below it")
    parser.add_argument(
        "--profile", required=True, metavar="P", help="whose rules: one of unstick profiles"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = EPILOG


def run(options: Namespace) -> int:
    import json
    from pathlib import Path

    from unstick.lab.conformance.folder import run_folder, text, to_data

    tally = run_folder(Path(options.folder), options.profile)
    if options.format == "json":
        output.write(None, [json.dumps(to_data(tally), indent=1) + "\n"])
    else:
        output.write_lines(None, text(tally, output.look(None)))
    return FOUND if tally.failed else OK
