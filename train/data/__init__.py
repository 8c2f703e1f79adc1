"""What the training learns from: sources of pictures, and how they are divided."""
