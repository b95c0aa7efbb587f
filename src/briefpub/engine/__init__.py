"""What carries work: today one process and a small pool of renderers beside it."""
