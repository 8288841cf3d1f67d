// Package proof makes what happened provable to whoever does not trust the
// store: signed notes in the name of a log (C2SP signed-note), and commitments
// to what people decided about.
//
// A [Signer] holds the key of a log, of Ed25519, in a file of its own: whoever
// has the store alone can sign nothing. What it signs is text, which [Open]
// accepts in one spelling only.
package proof
