"""The interface page: every table, file and key of a case, generated from the schema, the packs and the planter."""
