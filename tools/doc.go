// Package tools is the catalogue of operations and the gate in front of them.
//
// An operation is declared once, as a typed [Operation]. Declaring erases the
// types and leaves a [Tool]: names, texts, JSON schemas made from the Go
// types, and a run function that only this package can reach. MCP, Discord
// and the command line are translations of the same [Catalog]; none of them
// knows an operation by name.
//
// # The gate
//
// A front end holds a [Gate] and nothing else. [Gate.Call] is the one way to
// run an operation: it finds the tool, checks who asks and from where, reads
// the arguments (unknown names, lenient coercion, defaults, bounds, the
// operation's own rules, in this order), runs it, and makes sure that no
// error leaves without a code. What a front end may not do is therefore not a
// rule to remember but a call that does not exist.
//
// The [risk.Level] of an operation decides its path. A Read or Record operation has
// a Run function. A write (Change, Spend, Destroy) can't be declared as an
// Operation at all: what runs after a person's approval is the quote that was
// approved, not arguments that are resolved a second time, so a write brings
// a quote, a send and a look instead of a run.
//
// A call of a write comes back as an order that waits, with the [order.Question] to
// put before a person; the answer goes to [Gate.Decide] or, from a dialog of
// the caller's own, to [Gate.Answer]. What becomes of an order is the [order.Service]'s,
// which the gate alone knows.
//
// This package knows no phone numbers, no exchange and no medium.
package tools
