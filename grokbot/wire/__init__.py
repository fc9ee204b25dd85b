"""Generated from protos/; nothing is written here by hand but this line."""
