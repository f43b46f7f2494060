"""Hands on: the model in the formats of other programs, and in this program's own."""
