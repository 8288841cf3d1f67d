// Package digest makes the morning page: once a day, what of the account's own
// numbers and orders wants somebody's attention, each thing once, and nothing
// where there is nothing.
//
// # What is told once
//
// Each thing that can be told is an [Item] with a key that no other has: a
// change by its number in the journal, a renewal by number and date, a number
// that waits for documents by number, by since when and by how many weeks. A
// page has the items whose keys were not on a page before. What stands still
// is not told again, but for documents, of which every further week is news.
//
// # Once, whatever breaks
//
// A page is made in the transaction that keeps its keys as told (see
// [Service.Begin]), and is then there until it was sent: a process that dies
// in between leaves it to the next. A page that could not be sent until the
// next one is due becomes a part of that. Of two processes that make a page at
// the same time, the store lets one.
//
// # Time
//
// A page is due at a time of day in a time zone (see
// [didops/internal/schedule.Daily]). While nothing runs none is made; the first
// process to run then makes one page for all that was missed. Weeks and days
// are counted in whole days of 24 hours from one moment to another.
package digest
