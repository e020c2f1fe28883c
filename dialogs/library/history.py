"""Steps of the journal in words."""

from dialogs.library.entries import (
    Approved,
    DraftBegun,
    DraftDiscarded,
    Entry,
    ExperimentFinished,
    ExperimentStarted,
    FileDeleted,
    FileSaved,
    Published,
    RolledBack,
    Submitted,
    Withdrawn,
)


def in_words(step: Entry) -> str:
    """Return what was done, and why where that was said."""
    name = step.scenario
    match step:
        case DraftBegun():
            return f"began a draft of {name} from {step.origin}"
        case FileSaved():
            return f"saved {step.path} of {name}"
        case FileDeleted():
            return f"deleted {step.path} of {name}"
        case DraftDiscarded():
            return _because(f"discarded the draft of {name}", step.reason)
        case Submitted():
            return _because(f"submitted {name} v{step.version}, the work of {', '.join(step.authors)}", step.comment)
        case Approved():
            return _because(f"approved {name} v{step.version}", step.comment)
        case Withdrawn():
            return _because(f"withdrew {name} v{step.version}", step.reason)
        case Published():
            return _because(f"published {name} v{step.version}", step.comment)
        case RolledBack():
            return _because(f"rolled {name} back to v{step.version}", step.reason)
        case ExperimentStarted():
            arms = f"v{step.challenger} for {step.share:.0%} of the accounts, v{step.control} for the others"
            return f"started experiment {step.experiment} on {name}: {arms}"
        case ExperimentFinished():
            return _because(
                f"finished experiment {step.experiment} on {name} with v{step.version} for all", step.reason
            )


def _because(done: str, why: str) -> str:
    return f"{done}: {why}" if why else done
