"""Tables of what trainings give: each command can be stopped, goes on later, and shows its table."""
