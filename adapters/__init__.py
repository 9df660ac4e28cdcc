"""One package per platform; each turns platform events into turns and answers into messages."""
