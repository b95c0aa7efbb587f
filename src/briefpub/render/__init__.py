"""Pure renderers: a publication and a layout in, bytes out; nothing is opened or timed."""
