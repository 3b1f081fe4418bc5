"""The servers of the matrix: the lab's recipes, where docs/servers.md has them, their manners."""

from __future__ import annotations

from dataclasses import dataclass

from unstick.lab.pythons.recipes import RECIPES, recipe


@dataclass(frozen=True)
class Configuration:
    """One way to run a server. ``heading`` and ``command`` (0-based) find it in docs/servers.md."""

    name: str
    heading: str
    command: int
    drops_half_closed: bool = False
    more: str = ""  # arguments that only the tests need
    gives_up_s: float | None = None  # its own limit, also for clients that read slowly
    may_hang_at_exit: bool = False  # guarded or not: see docs/servers.md

    @property
    def program(self) -> str:
        """A file of the lab's apps, served as app.py."""
        return recipe(self.name).program

    @property
    def needs(self) -> tuple[str, ...]:
        """Modules, imported by name to see whether they are there."""
        return recipe(self.name).modules


MORE = {"uvicorn h11 asyncio": "--http h11 --loop asyncio"}
DROP_HALF_CLOSED = frozenset(
    {"uvicorn h11 asyncio", "uvicorn httptools uvloop", "granian asgi", "granian wsgi"}
    | {"aiohttp", "daphne", "twisted wsgi", "gunicorn asgi", "tornado"}
)
GIVE_UP_S = {"gunicorn sync": 30.0, "cheroot": 10.0}
MAY_HANG_AT_EXIT = frozenset({"granian asgi", "twisted wsgi"})

HEADINGS = {"twisted": "Twisted"}
"""Where it is not the first word of the name."""


def configurations() -> tuple[Configuration, ...]:
    """The lab's recipes, in its order; those of one heading are in the document's, too."""
    made: list[Configuration] = []
    for one in RECIPES:
        first = one.name.split()[0]
        heading = HEADINGS.get(first, first)
        made.append(
            Configuration(
                one.name,
                heading,
                sum(earlier.heading == heading for earlier in made),
                one.name in DROP_HALF_CLOSED,
                MORE.get(one.name, ""),
                GIVE_UP_S.get(one.name),
                one.name in MAY_HANG_AT_EXIT,
            )
        )
    return tuple(made)


CONFIGURATIONS = configurations()


def configuration(name: str) -> Configuration:
    return next(one for one in CONFIGURATIONS if one.name == name)
