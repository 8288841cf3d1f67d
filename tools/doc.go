// Package tools is the catalogue of operations and the gate in front of them:
// a registry of typed declarations, and a policy enforcement point that is the
// only way to run one.
//
// An operation is declared once, as a typed [Operation] or [Write]. Declaring
// erases the types and leaves a [Tool]: names, texts, JSON schemas made from
// the Go types, and a run function that only this package can reach. MCP,
// Discord and the command line are translations of the same [Catalog]; none of
// them knows an operation by name.
//
// # The gate
//
// A front end holds a [Gate], and by it nothing but calls and answers.
// [Gate.Call] is the one way to run an operation: it finds the tool, checks who
// asks and from where, reads the arguments (unknown names, lenient coercion,
// defaults, bounds, the operation's own rules, in this order), runs it, and
// makes sure that no error leaves without a code. The gate's fields are
// unexported and so is a tool's run function; what decides orders is handed to
// the gate by the wiring and given to nobody else.
//
// The [didops/internal/risk.Level] of an operation decides its path. A read
// and a record of our own have a Run function. A write (change, spend, destroy)
// can't be declared as an Operation at all: what runs after a person's approval
// is the quote that was approved, not arguments that are resolved a second
// time, so a write brings what is asked and told of it, a quote, a send and a
// reconciliation instead of a run.
//
// A call of a write comes back as an order that waits, with the question to
// put before a person; the answer goes to [Gate.Decide] or, from a dialog of
// the caller's own, to [Gate.Answer]. What becomes of an order is decided by
// the [didops/internal/order.Service] behind the gate.
//
// This package knows no phone numbers, no exchange and no medium.
package tools
