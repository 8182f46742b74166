"""Buying under fire: real processes, injected faults, then the invariants and all sides' books."""
