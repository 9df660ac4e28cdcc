"""What every dialect needs: safe characters, honest links, readable formulas."""
