"""Words in, words out: the commands. Each parses, asks a workflow, and prints."""
