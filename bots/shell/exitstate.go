package shell

import "didops/internal/order"

// stateError carries the exit code of an order that a command has printed,
// where it is not 0: see [ExitCode].
type stateError struct{ state order.State }

// Error implements error, for logs only: [Report] says nothing about it.
func (e *stateError) Error() string { return "the order is " + string(e.state) }

// exitState returns how a program ends that has printed an order in the given
// state, nil for 0 and for what is no order.
func exitState(s order.State) error {
	if exitOf(s) == 0 {
		return nil
	}
	return &stateError{s}
}

func exitOf(s order.State) int {
	switch s {
	case "", order.Completed:
		return 0
	case order.Partial, order.Failed:
		return 1
	case order.Rejected, order.Expired, order.Cancelled, order.Changed:
		return 3
	case order.Pending, order.Executing, order.Scheduled:
		return 8
	case order.Unknown:
		return 9
	}
	return 1
}
