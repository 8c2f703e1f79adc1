"""Tables of what trainings give, by commands that can be stopped and go on."""
