"""A scenario as a picture: states as boxes with their words, and the answers that lead from one to the next."""

from dialogs.drawing.picture import Wish, dot_source
from dialogs.drawing.render import Format, render

__all__ = ["Format", "Wish", "dot_source", "render"]
