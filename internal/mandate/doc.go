// Package mandate is standing authority to buy: people approve once, as an order
// of its own kind, what may be bought without asking again, for how much, by
// whom and until when. Whoever uses a mandate asks for an ordinary purchase with
// a quote of its own, which is held against [Terms] in the transaction that keeps
// it; [Terms.Fit] says what does not fit, and what is not said to fit does not.
//
// The package is pure: it knows no store and no clock. What a mandate says is
// read from the quote that people approved, sealed like that of every order, and
// never from the row that the store keeps of it (see [Row]): that only finds it,
// and says whether it was revoked.
package mandate
