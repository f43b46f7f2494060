"""What is left to doubt of a reading: by the picture, by words, and by the hand."""
