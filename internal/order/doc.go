// Package order is the life of an order: a state machine over a journal that
// processes share. It quotes what is asked for, waits for people to decide,
// carries out what they approved, at most once, and reconciles by reading what
// became of a line whose answer was lost.
//
// # One journal
//
// An order is a [Record] in a [Store] that processes share: an MCP server
// asks, a terminal approves, a bot shows. What else the store keeps has an
// interface of its own: the trail ([didops/internal/audit.Store]), the prompts
// ([PromptStore]), the cards ([CardStore]) and who reconciles
// ([didops/internal/lease.Store]). Every transition is one transaction in which
// the record is read, [Next] says what follows, and record and audit
// entry are kept together; the store lets one writer in at a time, so the
// first decision wins. [Next] is a pure function: what may follow what can be
// read, and tested, without a store.
//
// # Bound by the trail
//
// Every entry that a transition writes holds a digest of all that the order is
// after it (see digest.go), under the store's key, so that nobody can try
// guesses of what is in it. A store that was written to past this package is
// found by [Verify], therefore. What changes without an entry is left out of
// the digest and decides nothing by itself: the plan and the count of looks,
// and a runner's signs of life.
//
// # At most one send
//
// The process in which the last approval is given carries the order out (see
// execute.go). Before a line is sent its facts are read again and compared with
// the quote, and the journal says, on disk, that it is being sent. A line that
// was sent is never sent again, unless the answer proves that nothing was
// done. A process that dies leaves its record: whoever looks next sends
// nothing, calls the line that was under way unknown and skips the rest.
//
// # Neither a yes nor a no
//
// What the exchange answers is no proof. A yes is read back (see send.go): what
// is there is done, with what differs from the quote; what is not is unknown. A
// no makes a line failed only when a reading shows it as it was.
//
// # Reconciling
//
// An unknown line is reconciled by reading, by one process at a time (see
// reconcile.go and settle.go): done when the exchange's lists prove it, failed
// when complete readings have not shown it for as long as lists may lag
// ([Config.SettleAfter]). Everything else stays unknown and says so. A line that
// is failed is looked at for another hour: a late truth corrects it.
package order
