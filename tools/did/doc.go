// Package did declares the operations on phone numbers (DIDs, direct inward
// dialling numbers) of an exchange: search the market, take stock of it, list
// one's own numbers, and ask for numbers to be bought, re-routed and given up.
//
// # How a market is read
//
// The exchange can filter by leading digits, type and features only, tells no
// total and guarantees no order. So a search asks for what the exchange can
// narrow (a country becomes its digits), reads all of it in a stream, filters
// every row again, and keeps the best rows in order; memory does not grow
// with the market. What was kept serves further pages and identical searches
// for a while; see [Config].Cache. A reading of which a page was shown that
// others follow is kept in the store besides, a materialised cursor: further
// pages are of the same reading, in any process, for an hour and for their
// caller. A page of what is not kept (any more), or beyond the kept rows, reads
// anew, from the last row shown, and says so.
//
// The exchange's lists lag, and readings are kept. So what the journal of orders
// knows to be bought or given up since a reading was made, and within a minute
// before, is left out of it when it is shown; see [Config].Moved.
//
// Countries are told by their digits, and where a code is shared, such as +1,
// +7 and +44, by what the exchange says of the row. A row of which neither
// tells, and which may be in a wanted country, makes a result incomplete.
//
// # What needs an approval
//
// A purchase, an update and giving up are declared as [tools.Write]: a quote
// of every number, one request for each approved line, and a look that settles
// what became of it. A quote binds what the exchange says of the number (its
// facts) and holds what is asked of it (its terms), among them the routing
// with its password; every way out shows it masked. Where a reading is not
// complete nothing is concluded from it.
package did
