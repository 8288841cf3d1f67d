// Package tcxc is the client of the TelecomsXChange buyers' DID API.
//
// A [Client] gives out two clients of different types. The [Reader] repeats
// what fails, because reading twice does no harm, and implements
// did.Exchange. The [Writer] sends each purchase, update and unsubscription
// as exactly one request: it has no code that could send a second one, its
// transport keeps no connection that net/http might replay a request on, and
// an answer it can't trust is reported as an unknown outcome.
//
// The two share a rate limit and the credentials. Every request is a POST
// over HTTPS (loopback may do without), follows no redirect, and is signed
// when it leaves: the signature covers the time but none of the parameters,
// so it is as secret as the key.
//
// The rules come from the buyers' API document; where that is silent or
// contradicts itself, the tolerant reading is used and the doc comment says
// so. Rows are decoded from whatever mixture of strings, numbers and nulls
// they arrive in; a row whose number, fees or flags can't be understood is
// left out and counted, never guessed at.
//
// Errors are faults with a code. None holds a key, a signature, a form or a
// routing address.
package tcxc
