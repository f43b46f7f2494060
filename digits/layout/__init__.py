"""What pieces of ink mean together: lines, signs, words, which way up, how far to be trusted."""
