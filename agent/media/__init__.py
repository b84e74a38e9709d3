"""Voice notes, images, videos and papers that customers send, read by models before the vendor thinks."""
