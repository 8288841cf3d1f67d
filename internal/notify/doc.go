// Package notify tells the outside what happened: a transactional outbox whose
// messages are the entries of the audit trail. An entry is appended in the
// transaction of the change that it tells of, so that there is none without the
// other; this package delivers it to every receiver that is configured.
//
// # At least once, in order
//
// What a receiver is to be told is taken over from the trail by a mark, in one
// transaction with it: no entry is left out, none taken twice (see takeover.go).
// Each becomes a [Delivery], which is tried until the receiver says yes, later
// and later, for a day; then it has failed, and that is shown. A later event of
// the same subject (see [Subject]) waits for the earlier one, others do not. A
// try that may have arrived and was not noted is made again: the receiver tells
// it by the id of the event, which is made of the entry's hash and so is the
// same at every try, replica and start.
//
// # One process at a time
//
// For each receiver one process of those on a store is at it, by a lease; what
// it notes of a try counts only where no other has noted one since. A receiver
// that hangs keeps no other from being told.
//
// # What is told
//
// An event is thin: what the entry says to everybody ([Event]), with routing left
// out and words of others as quotations. What happened in all is asked for by
// the order's id.
package notify
