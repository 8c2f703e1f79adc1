"""What is in the data, told and drawn before anyone trains."""
