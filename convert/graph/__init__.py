"""What is done to a converted graph, a .tflite flatbuffer, without TensorFlow."""
