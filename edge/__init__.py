"""The device side: frames in, labels out, on numpy, OpenCV and a TFLite interpreter alone."""
