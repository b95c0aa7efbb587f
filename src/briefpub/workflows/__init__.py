"""The verbs: one use case a file. They know the domain and the renderers; the world comes in by ports."""
