"""The command line. Each command is a module of its own, imported when it is called: Inspect takes seconds to import."""

import importlib
import sys
from importlib.metadata import version

import click

from scorers.errors import ArchevalError
from scorers.testbed.shutdown import orderly_exit

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("evals.cli.run", "Evaluate models: generate, grade, store, report."),
    "grade": ("evals.cli.grade", "Grade a folder that a person or a coding agent wrote."),
    "score": ("evals.cli.score", "Grade the submissions in logs again, or finish what was left unscored."),
    "ingest": ("evals.cli.ingest", "Read logs into the store, from here or from anywhere by URL."),
    "compare": ("evals.cli.compare", "Say whether one set of answers is worse than another."),
    "gate": ("evals.cli.gate", "Let a change of persona or model through, or not."),
    "power": ("evals.cli.power", "Say how many epochs and scenarios a comparison needs."),
    "leaderboard": ("evals.cli.leaderboard", "Print the leaderboard."),
    "report": ("evals.cli.report", "Write the HTML report."),
    "db": ("evals.cli.db", "Query the store, or open DuckDB's shell on it."),
    "scenarios": ("evals.cli.scenarios", "List the scenarios."),
    "checks": ("evals.cli.checks", "List the checks and what they ask."),
    "spec": ("evals.cli.spec", "List the persona's specification and what is evidence for each line."),
    "load": ("evals.cli.load", "Put a service of your own under a scenario's load."),
    "validate": ("evals.cli.validate", "See that scenarios are fit to judge by."),
    "doctor": ("evals.cli.doctor", "Say what is there and what is missing on this machine."),
    "bench": ("evals.cli.bench", "Measure the harness itself."),
}
"""Name to the module that holds the command (an attribute called `command`) and its line in the help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, not to print their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names, in the order in which they are met in practice."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import the command's module and return the command."""
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(COMMANDS[cmd_name][0]).command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("archeval"), prog_name="archeval")
def archeval() -> None:
    """Evaluate how good a language model is as a Senior Backend Architect, by running what it hands in.

    Exit codes: 0 fine, 1 the submission or the gate failed, 2 usage or input, 3 a harness fault, 4 inconclusive.
    """


def main() -> None:
    """Run the command line; an error archeval raised on purpose is a sentence on stderr and an exit code."""
    try:
        with orderly_exit():
            code = archeval.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        code = 130
    except ArchevalError as error:
        click.echo(f"archeval: {error}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
