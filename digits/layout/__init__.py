"""What pieces of ink mean together: lines, signs, columns, and which way up they stand."""
