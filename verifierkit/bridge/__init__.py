"""The bridge between the two tracks: every tonne between the figure of the legal entity and those of the facilities."""

from verifierkit.bridge.building import Bridge, Line, bridge

__all__ = ["Bridge", "Line", "bridge"]
