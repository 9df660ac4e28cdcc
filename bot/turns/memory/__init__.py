"""What a long conversation is reminded of.

The turns of a window are given to the model word for word, and what came before it as a summary. Both are stored and
change rarely, so that one request begins like the one before it: the provider takes a fraction for what it still has.

`recall` puts a request together, `folder` makes summaries in the background, `window` says which turns have room,
`summary` how a summary is made and given back, and `gauge` how far our count of tokens is from the model's.
"""
