"""Dialogs: scenario files, the policy that walks them and the understanding of what callers say."""
