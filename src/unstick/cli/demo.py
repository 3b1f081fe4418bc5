"""``unstick demo``: the story, explained from two captures that come with the package."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from unstick.cli.parser import EXIT_PLAIN, Parser

ABOUT = """\
Explains two captures that come with unstick: the same client, the same request,
once through a firewall that forgets a connection after its first reset, once
without it. Needs no network and no root.
"""
EXAMPLES = """\
  unstick demo
"""
SEE = "unstick explain, unstick compare"

DATA = Path(__file__).parent.parent / "data"
OFFICE, VPS = DATA / "story.server.pcap", DATA / "story-vps.server.pcap"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)


def run(options: Namespace) -> int:
    raise NotImplementedError(os.fspath(OFFICE))
