"""The stacks: one file each, loaded when asked for. ``profile("linux-6.17")``, ``law(...)``.

Does not judge segments (``judge.py``) and does not print (``cli``).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from unstick.errors import ProfileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from unstick.tcp.profiles.base import Profile
    from unstick.tcp.rules import Law, Rule

DEFAULT = "linux-6.17"

NAMES = (
    "freebsd",
    "freebsd-insecure",
    "gvisor",
    "linux-2.6",
    "linux-3.6",
    "linux-4.11",
    "linux-4.7",
    "linux-6.17",
    "lwip",
    "openbsd",
    "rfc5961",
    "rfc793",
    "smoltcp",
    "xnu",
)
"""Every profile, sorted. The file of ``linux-6.17`` is ``linux_6_17.py``."""


@cache
def profile(name: str) -> Profile:
    """The profile of that name. Raises ProfileError, with the nearest name as a hint."""
    if name not in NAMES:
        raise ProfileError(f"there is no stack profile {name!r}", _hint(name))
    module = import_module(f"{__name__}.{name.replace('-', '_').replace('.', '_')}")
    found: Profile = module.PROFILE
    return found


@cache
def rows(name: str) -> tuple[Rule, ...]:
    """The rows of a profile in force: its base's, amended. An inherited row stays ``confirmed``
    only if the profile vouches for every kind it covers."""
    from unstick.tcp.rules import KINDS, amend

    wanted = profile(name)
    if wanted.base is None:
        return wanted.rows
    own = {row.name for amendment in wanted.amendments for row in amendment.rows}
    doubtful = ~wanted.vouched & ((1 << KINDS) - 1)
    return tuple(
        row._replace(confirmed=False)
        if row.confirmed and row.name not in own and (row.kinds & doubtful)
        else row
        for row in amend(rows(wanted.base), wanted.amendments)
    )


@cache
def law(name: str) -> Law:
    """The compiled table of a profile. About a millisecond the first time."""
    from unstick.tcp.rules import compile_rules

    return compile_rules(rows(name))


def _hint(name: str) -> str:
    """The nearest name, if one is near; else where the list is."""
    from difflib import get_close_matches

    near = get_close_matches(name.lower().replace("_", "-"), NAMES, n=1)
    return f"did you mean {near[0]}?" if near else "unstick profiles lists every one"
