"""Numbers, sums, dates and times in Russian, Kazakh and English: to words in the right case, and back from speech.

Back from speech keeps ambiguity: every finder returns all readings it holds possible, best first. Pure Python, no I/O.
"""
