"""How a trained network learns one person's hand."""
