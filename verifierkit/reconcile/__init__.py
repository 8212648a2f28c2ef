"""Reconciliation of flows: weighted least squares under balances, what can be known, and who is to blame.

Pure functions on arrays; nothing here knows a case, a file or a pack. Read in this order: ``network`` (the problem),
``fit`` (estimates, variances, global test), ``observability`` (what can be known), ``gross`` (tests), ``identify`` (suspects).
"""
