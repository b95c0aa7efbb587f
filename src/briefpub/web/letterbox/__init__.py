"""The subscribers' pages: ask, confirm, leave, come back, choose, take one's data, be erased."""
