"""What a text says: the nodes of its syntax tree, by what they belong to; `inferno.grammar.ast` has them all."""
