"""`turnstream completion`: the commands and options, for the Tab key of a shell."""

import argparse

import shtab

from turnstream.cli.parsers import EXAMPLES, Commands


def add(commands: Commands) -> None:
    """Add the command."""
    completion = commands.add_parser(
        "completion",
        help="print what lets a shell complete commands and options",
        description="Print a script by which bash, zsh or tcsh completes the commands and options.",
        epilog="""\
now and for good, in bash; in zsh, in a folder of its fpath:
  eval "$(turnstream completion bash)"
  turnstream completion bash > ~/.local/share/bash-completion/completions/turnstream
  turnstream completion zsh > ~/.zfunc/_turnstream""",
        formatter_class=EXAMPLES,
    )
    completion.add_argument("shell", choices=shtab.SUPPORTED_SHELLS)
    completion.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    print(shtab.complete(options.whole(), shell=options.shell))
    return 0
