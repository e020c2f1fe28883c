"""Versions of scenarios: drafts, a second person's approval, publication, rollback, and shares between two versions.

A folder on disk that several processes use at once::

    journal.jsonl               every step that was ever taken, one line each; what it says is so
    journal.torn                what a crash left half written of such lines, kept for the curious
    lock                        held while a step is taken
    versions/<content hash>/    the files of a version, never changed again: `scenario`, and `common` that it includes
    drafts/<draft id>/          the working copy of a scenario, laid out alike
    unfinished/                 folders on their way to `versions`; leftovers of a crash are swept away

A step is taken when its line is on disk; files are put in place before the line that names them. So whatever dies in
between, the journal never tells of a version that is not there, and no step is half taken.
"""
