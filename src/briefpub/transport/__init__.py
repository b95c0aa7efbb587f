"""Ways to hand a message over: a maildir beside the frozen issue, or an SMTP server."""
