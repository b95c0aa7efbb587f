"""Ways to hand a message over: a maildir beside the frozen issue, a smarthost, or straight to each site."""
