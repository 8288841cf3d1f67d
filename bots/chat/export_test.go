package chat

import "didops/internal/order"

// Pairs are what changed in a line, as everybody may see it or not.
func Pairs(l order.LineView, c order.Changes, public bool) []string { return pairs(l, c, public) }

// Headed divides what an order says into a heading and the rest.
func Headed(message string) (head, rest string) { return headed(message) }
