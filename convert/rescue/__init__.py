"""--rescue: ways to a file that passes the gate, tried in order, each measured (see order.py)."""
