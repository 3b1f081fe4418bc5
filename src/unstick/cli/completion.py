"""``unstick completion``: prints what a shell needs to complete our words.

The scripts are made by ``tools/completions.py`` with shtab and shipped as files, so that printing
one needs nothing that is not installed. A test holds them to the parsers.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from unstick.cli import OK, output
from unstick.cli.parser import EXIT_PLAIN, Parser

ABOUT = """\
Prints the completion script of a shell: commands, options, stack profiles,
checks, file names.
"""
EXAMPLES = """\
  unstick completion bash > ~/.local/share/bash-completion/completions/unstick
  unstick completion zsh > ~/.zfunc/_unstick        # with fpath+=~/.zfunc
  unstick completion fish > ~/.config/fish/completions/unstick.fish
"""
SEE = "unstick --help"
SHELLS = ("bash", "zsh", "fish")
FOLDER = Path(__file__).parent.parent / "data" / "completion"


def fill(parser: Parser) -> None:
    parser.describe(ABOUT, examples=EXAMPLES, exits=EXIT_PLAIN, see=SEE)
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")


def run(options: Namespace) -> int:
    script = FOLDER / f"unstick.{options.shell}"
    output.write(None, [script.read_text(encoding="utf-8")])
    return OK
