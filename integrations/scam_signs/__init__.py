"""Signs of spam, phishing and fake support that can be read from the text alone."""
