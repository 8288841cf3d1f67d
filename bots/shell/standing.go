package shell

import "didops/tools"

// stateError carries the exit code of an order that a command has printed,
// where it is not 0: see [ExitCode].
type stateError struct{ state tools.State }

// Error implements error, for logs only: [Report] says nothing about it.
func (e *stateError) Error() string { return "the order is " + string(e.state) }

// standing returns how a program ends that has printed an order in the given
// state, nil for 0 and for what is no order.
func standing(s tools.State) error {
	if exitOf(s) == 0 {
		return nil
	}
	return &stateError{s}
}

func exitOf(s tools.State) int {
	switch s {
	case "", tools.Completed:
		return 0
	case tools.Partial, tools.Failed:
		return 1
	case tools.Rejected, tools.Expired, tools.Cancelled, tools.Changed:
		return 3
	case tools.Pending, tools.Executing:
		return 8
	case tools.Unknown:
		return 9
	}
	return 1
}
