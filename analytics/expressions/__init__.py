"""The one expression language: search, categories, checklist items and alerts ask contacts by it. README.md tells it.

expression = parse("client: оплачу THEN/5 завтра IN FIRST 60s")
match = match_expression(expression, Heard(conversation), measures={"talk_ratio": 0.4})
print(match.verdict, explain(match))
"""

from analytics.expressions.errors import ExpressionError
from analytics.expressions.explaining import explain
from analytics.expressions.heard import Heard
from analytics.expressions.kinds import check_measures, finds_places
from analytics.expressions.matching import Hearing, match_expression
from analytics.expressions.parser import parse
from analytics.expressions.prefilter import Need, needed
from analytics.expressions.printing import printed
from analytics.expressions.results import Gap, Hit, Match, Reading, Verdict
from analytics.expressions.tree import Expression

__all__ = [
    "Expression",
    "ExpressionError",
    "Gap",
    "Heard",
    "Hearing",
    "Hit",
    "Match",
    "Need",
    "Reading",
    "Verdict",
    "check_measures",
    "explain",
    "finds_places",
    "match_expression",
    "needed",
    "parse",
    "printed",
]
