"""The joint fit of a case: every source, balance, stock and relation of the data-flow map at once.

Read in this order: ``settings`` (numbers of the pack), ``sources`` (what each source says, with the parts of its
uncertainty), ``draft``, ``streams``, ``nodes``, ``relations`` and ``network`` (the map as one problem of
:mod:`verifierkit.reconcile`), ``scatter`` and ``fitting`` (the fit), ``hypotheses``, ``families`` and ``catalogue``
(what could have gone wrong), ``evidence`` and ``diagnosis`` (what did), ``knowledge`` (what can be known),
``facilities`` (facility figures), ``negative`` (one-way flows below zero), ``analysis`` (all of it in one call),
``contrast`` (the same uncertainty for any comparison of two amounts).

Statistics are binary floating point; nothing here changes a value of the case or enters a reported figure.
"""
