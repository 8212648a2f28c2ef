"""verifierkit: a verification workbench for greenhouse-gas data."""

__version__ = "0.2.0"
