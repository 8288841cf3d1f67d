// Package inventory is the memory of the account's own numbers: what the
// exchange's list said at each look, what changed between two looks and by
// whom, and what the exchange does not know of a number: whose it is, what it
// is for, and when it was last used. It is event sourcing the other way around:
// the state is read, and the events are the differences.
//
// # A look
//
// A look reads the whole list. One that is not complete changes nothing. A
// whole one is compared with what is known, without keeping other writers
// waiting; then, in one transaction, the changes are journaled, the numbers are
// kept as they are now, and one entry of the audit trail tells that something
// changed: the trail is the outbox by which others hear of it. What a look says
// of a number is packed into a line of text, so that what did not change is
// found by comparing texts, and a look that finds nothing new writes one row.
//
// A look is kept only where no other was kept since it began ([Head].Rev): of two
// processes that look at once, one counts, and an old list never undoes a newer
// one.
//
// A list may lack what is there: pages shift while numbers come and go. A
// number that a whole look does not show is missed; it is gone when the next
// whole look, at least [Config].Proof later, does not show it either, or at once when an
// order of ours gave it up since the look before. It is back as the same number,
// with its labels. Of a number that is there under several ids, the row of the id
// that is known counts, at first the lowest.
//
// # Who did it
//
// What an order of ours explains is its doing: a number that came, by a
// purchase that is done or unknown; one that went, by an unsubscribe; a
// routing, by an update. Everything else happened elsewhere. An order explains one
// change of a number, and none that came a week later. An update explains a
// routing that changed between the same two looks, or the very one it asked for.
// Where an order and somebody else did the same between two looks, it is the
// order's.
//
// # Time
//
// Moments are those of the looks, and never run backwards: a clock that was
// put back makes a look of the same moment as the last one, and one microsecond
// more. How old a look is, and how long a number has been missed, is reckoned by
// the clock itself, and anew when that was put back. Days are those of a time
// zone that is named where they are spoken of.
//
// # Who looks
//
// [Service.Run] looks in one process at a time ([didops/internal/lease]), as work that
// nobody waits for. Whoever asks for numbers that are no older than so long looks
// by itself where they are.
package inventory
