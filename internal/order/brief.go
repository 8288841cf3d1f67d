package order

import (
	"slices"

	"didops/internal/view"
)

// Brief is what of an order a person must have read before deciding, for
// dialogs that show no more than a few short rows. Nothing of it may be cut.
type Brief struct {
	Danger string // a sentence behind the question, such as "It can't be undone."; "" = none
	// Changes is what changes, or every host that calls and messages go to: in
	// several wordings, from the fullest to the shortest.
	Changes []view.Fields
	About   view.Fields // whose the numbers are, of what type, with which documents
	Covers  []string    // those of the quote's notices that are said by the above
}

// Summarize returns the brief of a quote. It holds no secret, and words of
// another party as quotations.
type Summarize func(Quote) Brief

// unsaid returns the notices that the brief does not cover.
func (b Brief) unsaid(notices []string) []string {
	var list []string
	for _, n := range notices {
		if !slices.Contains(b.Covers, n) {
			list = append(list, n)
		}
	}
	return list
}
