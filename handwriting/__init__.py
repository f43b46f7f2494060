"""Handwriting drawn by the program: digits, pages, and the pictures that are made of them."""
