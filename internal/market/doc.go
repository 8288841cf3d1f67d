// Package market remembers what was read of an exchange's market, so that a
// question is answered at once, completely, and with its age. Nothing is
// bought from it: a quote is read from the exchange.
//
// # Cells
//
// Rows are kept by the leading digits of their numbers, in cells. A cell that
// grows past [cellMost] rows is divided by the next digit, so that together
// the cells are a tree whose leaves hold every number in exactly one place. A
// cell is one value of a database: columns of fixed width, in the order of the
// numbers, and a dictionary for each of fees, sellers, descriptions, places
// and tariffs, which few of its rows differ in. A filter is asked once for each
// entry of a dictionary; what is left for each row is to compare small
// numbers. The columns that filters and orders need are one value ("hot"), ids
// and times another ("cold").
//
// # Readings
//
// Beside the rows it is kept which question was asked of the exchange (leading
// digits, type, features), when, and how it ended. A question is answered from
// memory where readings that include it, each read to its end and no older
// than asked for, leave no part of it out: its age is that of the oldest. What
// is left is named by leading digits, for the exchange to be asked for
// nothing else. A part that was too large to be read to its end is asked for
// in smaller parts the next time.
//
// A row carries when the reading began that brought it; a later reading wins.
// That a number is gone is concluded by two readings: each came to its end, was
// answered as it asked, and should have brought a row that is older than it, and
// the second began when the first had ended. It is gone since the first one began.
// One alone proves nothing: a page may have skipped a row because another was sold
// meanwhile, and an exchange that answers with nothing for once has not sold
// everything. Until then the row is missed: an answer that rests upon an earlier
// reading has it as it was, any other has not, and one that comes again was never
// gone. A row that could not be understood is neither proof: of its number where that
// could be read, or else of all that the reading did not bring. An older reading that ends later
// brings nothing back. A quote of one number ([Mirror.Renew]) concludes at once.
//
// A reading that asked for a type or features proves nothing either: what it did
// not bring may be there as something else. Such a row is astray, and is answered
// with as one that was missed, until a reading of all numbers of its part brings
// it, or two of those say that it is gone. Rows of either kind of which nothing is
// heard for a month are not waited for any more.
//
// # The past
//
// Of numbers that can be bought it is kept what happened: they came, changed,
// left their type, went; each with its terms before and after, and the time of
// the reading that met it. That a number came is said only where an earlier
// reading would have brought it; what the first one brings was found. Events are
// kept by the cell and the week, a value each, so that a year of them is some 57
// values of a cell; beside them, by question and week, on which days it was read
// to its end. What is asked about the past is answered from what is there now,
// backwards through the events ([View.Weeks]), and by a number's own
// ([View.Timeline]); what nobody looked at is left out. [Mirror.Trim] forgets by
// whole weeks.
//
// # Files
//
// The memory is a file of its own in the folder of the program's state, shared
// by the processes of the user. It may be deleted at any time. One process
// writes at a time, in transactions; a reader sees the last one and waits for
// nobody. A file that can't be understood is thrown away, which is said; one that a
// newer program wrote is left alone, and there is no memory.
package market
