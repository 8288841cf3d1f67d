package order

// ID returns what the engine calls itself in the journal.
func (e *Engine) ID() string { return e.id }
