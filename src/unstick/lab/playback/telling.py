"""What a person reads of a play. Lines without line ends. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from unstick.lab.playback import plan as acts
from unstick.lab.playback.comparing import Compared, Here, Row, Rule
from unstick.lab.playback.plan import Plan
from unstick.report.look import Look, clip

WHAT, CELL = 32, 23
ROWS_SHOWN = 12

CLOSINGS = {acts.CLOSE: "closes", acts.SHUTDOWN: "shuts its side down", acts.ABORT: "aborts"}


def setup(plan: Plan, name: str, stream: int, kernel: str, look: Look) -> Iterator[str]:
    """Who is played against whom."""
    says = f"Stream {stream} of {name}: its {plan.played} is played once more"
    yield from look.wrap(says)
    yield from look.wrap(f"its {plan.tried} is {kernel}; its program {program_of(plan)}", "  ")
    told = f"{plan.segments:,} segments in {plan.duration_s:.1f} s as captured"
    yield from look.wrap(told, "  ")
    yield ""


def program_of(plan: Plan) -> str:
    parts = []
    if not plan.listens and plan.tried == "server":
        return "is not there: nobody listens"
    if plan.tried == "client":
        parts.append("connects")
    parts.append(f"sends {plan.written:,} bytes" if plan.written else "sends nothing")
    parts.append("reads all" if plan.reads is None else f"reads {plan.reads:,} bytes")
    parts.append(CLOSINGS.get(plan.closing if plan.closing is not None else -1, "does not close"))
    return ", ".join(parts)


def result(compared: Compared, here: Here, profile: str, look: Look) -> Iterator[str]:
    """Side by side, the verdict, the rule."""
    head = f"{'':<{WHAT}}{'in the capture':<{CELL}}{'this kernel'}"
    yield look.paint(head.rstrip(), "bold")
    shown = compared.rows
    if len(shown) > ROWS_SHOWN:
        shown = (*shown[: ROWS_SHOWN - 4], *shown[-4:])
    for row in shown:
        yield row_line(row, look)
    if len(compared.rows) > len(shown):
        yield f"  ({len(compared.rows) - len(shown):,} more resets)"
    yield ""
    if compared.same and not compared.certain:
        says = "As far as the capture shows, this kernel reacts as the one in it did."
        yield look.paint(says, "green")
    elif compared.same:
        yield look.paint("This kernel reacts as the one in the capture did.", "green")
    else:
        yield look.paint("This kernel reacts differently.", "red")
    for rule in rules_that_matter(compared):
        yield from rule_lines(rule, profile, look)
    for remark in compared.remarks:
        yield from look.wrap(remark, "  ")
    if here.late:
        what = "1 segment was" if here.late == 1 else f"{here.late:,} segments were"
        says = f"{what} sent before this kernel was as far as the captured one."
        yield from look.wrap(says, "  ")


def row_line(row: Row, look: Look) -> str:
    what = clip(row.what, WHAT - 3)
    line = f"  {what:<{WHAT - 2}}{clip(row.captured, CELL - 1):<{CELL}}{clip(row.here, CELL)}"
    return look.plain(line) if row.same is not False else look.paint(look.plain(line), "red")


def rules_that_matter(compared: Compared) -> list[Rule]:
    """Of the resets that made the difference; when nothing differs, the first one."""
    telling = [rule for rule in compared.rules if rule.like or rule.doubt]
    return telling[:3] or list(compared.rules[:1])


def rule_lines(rule: Rule, profile: str, look: Look) -> Iterator[str]:
    name = "" if rule.rule is None else f"rule {rule.rule} of {profile}; "
    yield from look.wrap(f"{rule.says} [{name}{rule.cite}]", "  ", "    ")
    if rule.doubt is not None:
        yield from look.wrap(rule.doubt, "    ")
    if rule.like:
        yield from look.wrap(f"as in the capture: {', '.join(rule.like)}", "    ", "      ")
