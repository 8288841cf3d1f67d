// Package refresh keeps the memory of a market fresh by reading ahead: what
// people asked for lately, in turns with what is oldest of all.
//
// The market is read in parts, each as large as one reading can be. A part is
// due when two thirds of the age that answers may have are over, so that it is
// read again before anybody would have to wait for it; parts beside it that
// are due soon are read along with it where one reading holds them all. The
// memory says what is due; nothing but a pause after failures is kept here, so
// that several processes, and a person's "didops market sync", go on from each
// other's work.
package refresh
