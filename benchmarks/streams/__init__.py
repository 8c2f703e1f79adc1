"""Real stream servers on this machine, to be killed, stopped and changed while an app watches."""
