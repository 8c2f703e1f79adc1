"""Desktop side: photos in, a run folder with a float Keras model out."""
