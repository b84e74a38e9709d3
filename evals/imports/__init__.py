"""Files of products as large as they come, to see an import of them."""
