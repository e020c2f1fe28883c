"""What many contacts tell together: practice that goes with outcomes, reasons for non-payment, the week's report."""
