"""Ink -> one 28x28 image for each digit."""
