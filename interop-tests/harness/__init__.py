"""The matrix's own code: it drives the runners and knows the specification; it never imports Fishplate."""
