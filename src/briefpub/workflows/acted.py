"""What was done for a run, told in a sentence an operator can read."""

from dataclasses import dataclass

from briefpub.domain.schedule import Question, Run, RunState, Schedule, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What was done for one run, told in a sentence."""

    schedule: Schedule
    told: str
    run: Run | None = None
    trouble: bool = False


def told(run: Run, schedule: Schedule) -> Acted:
    """Say in a sentence how a run stands after a step."""
    name = name_of(run)
    trouble = False
    match run.state:
        case RunState.COMPOSING if run.reason:
            words, trouble = f"{name} cannot be frozen yet: {run.reason}", True
        case RunState.COMPOSING if run.issue:
            words = f"{run.issue} is frozen for {name}"
        case RunState.COMPOSING:
            words = f"{name} begins"
        case RunState.HELD:
            asks = f"waits for an answer: {run.reason}"
            words, trouble = f"{name} {asks}", run.question is not Question.APPROVAL
        case RunState.PUBLISHING:
            words = f"{run.issue} goes to its subscribers ({name})"
        case RunState.DONE:
            words = f"{name} is done: {run.issue} was sent"
        case RunState.MISSED:
            words, trouble = f"{name} was missed: {run.reason}", True
        case _:
            words = f"{name} is left out: {run.reason}"
    return Acted(schedule=schedule, run=run, told=words, trouble=trouble)
