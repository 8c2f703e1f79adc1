"""What python -m edge.doctor looks at, one subject a file; each function returns its lines."""
