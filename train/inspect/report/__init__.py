"""What was found, as pictures, as a page, as data, and in the terminal."""
