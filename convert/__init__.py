"""Desktop side: a float Keras model in, one proven int8 file out."""
