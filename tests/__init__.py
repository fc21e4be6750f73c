"""What must hold, each said as a sentence."""
