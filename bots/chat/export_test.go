package chat

// Headed divides what an order says into a heading and the rest.
func Headed(message string) (head, rest string) { return headed(message) }
