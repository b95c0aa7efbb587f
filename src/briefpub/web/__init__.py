"""HTML in, HTML out: the pages that briefpub serves."""
