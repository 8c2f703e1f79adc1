"""Each way from a frame to a label; a module runs in its own peer's environment alone."""
