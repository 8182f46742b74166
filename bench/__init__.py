"""Benchmarks: each compares two ways in one run and prints the ratio."""
