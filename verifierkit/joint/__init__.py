"""The joint fit of a case: every source, balance, stock and relation of the data-flow map at once.

Read in this order: ``settings`` (numbers of the pack), ``sources`` (what each source says, with the parts of its
uncertainty), ``draft``, ``streams``, ``nodes``, ``relations`` and ``network`` (the map as one problem of
:mod:`verifierkit.reconcile`), ``scatter`` and ``fitting`` (the fit), ``hypotheses``, ``catalogue`` and ``diagnosis``
(what could have gone wrong, and what did), ``knowledge`` (what can be known), ``facilities`` (facility figures),
``analysis`` (all of it in one call).

Statistics are binary floating point; nothing here changes a value of the case or enters a reported figure.
"""
