"""What the bot costs and how live it is; none of this runs in tests."""
