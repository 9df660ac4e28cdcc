"""The page in your browser."""
