package order

// ID returns what the engine calls itself in the journal.
func (e *Engine) ID() string { return e.id }

// Open reports whether something may still happen to the order of itself.
func (r Record) Open() bool {
	return r.Phase == PhasePending || r.Phase == PhaseExecuting || r.State() == Unknown
}
