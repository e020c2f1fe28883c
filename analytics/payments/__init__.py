"""Payments, and what became of promises: kept, partly kept, broken, still open."""

from analytics.payments.joining import join_payments, promised_payments
from analytics.payments.values import Counted, Debtor, Joined, Payment, PromisedPayment, Settlement, Standing

__all__ = [
    "Counted",
    "Debtor",
    "Joined",
    "Payment",
    "PromisedPayment",
    "Settlement",
    "Standing",
    "join_payments",
    "promised_payments",
]
