"""Tests of the flights: the data, the oracle itself, and the demo's search for a difference."""
