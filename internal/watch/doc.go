// Package watch tells people when something comes up on the market. A [Watch]
// is a filter with a name; what begins to fit it is a [Hit], and is told once.
//
// # By state
//
// Nothing follows a stream of events, which could be missed. Whenever the
// memory of the market has changed, the numbers that fit a watch now are
// compared with those that fitted when it was looked at last ([Set]), which are
// kept in the store with the watch. A number that is not among them is a hit;
// one that no longer fits, where the part of the market was read to its end, is
// forgotten, so that it counts again when it comes back. A number that went and
// came back between two looks is known by when its present stay began, which
// the memory keeps. So it makes no difference when a process was started again,
// how many there are, or that the memory was deleted: numbers that are read
// again are no news. What fitted when a watch was added is none either.
//
// A look costs the exchange nothing: the memory is all that is asked.
//
// # Once
//
// A look is kept only where no other was kept since it began (see [Watch].Rev):
// then memory is at least as new as what it is compared with. Hits that are
// about to be told are given the number of a message before it is sent, so that
// after a lost answer, in whatever process, the same message is sent with the
// same nonce. [Service] is both: a look at the market, by one process at a time,
// and a [Feed] by which a chat tells what was found.
package watch
