package watch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/view"
)

// Table is hits as people are shown them, a row each, with the name of the watch
// where names are given. When they were found is not said of what has just begun
// to be watched.
func Table(currency string, hits []Hit, names []string) view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Type"},
		{Title: "Features"},
		{Title: "Monthly " + currency, Right: true, Lead: true, Brief: "%s " + currency + "/mo"},
		{Title: "Compares to", Brief: "%s"},
		{Title: "Set-up " + currency, Right: true, Brief: "set-up %s"},
		{Title: "Docs", Brief: "documents %s"},
		{Title: "Vendor", Loose: true},
	}}
	found := slices.ContainsFunc(hits, func(h Hit) bool { return !h.Found.IsZero() })
	if found {
		t.Columns = append(t.Columns, view.Column{Title: "Found (UTC)", Brief: "found %s UTC"})
	}
	if names != nil {
		t.Columns = append(t.Columns, view.Column{Title: "Watch", Loose: true})
	}
	for i, h := range hits {
		o := &h.Offer
		row := []string{
			o.Number, o.Country, o.Type, strings.Join(o.Features, " "), o.MonthlyFee.String(), h.Kind.String(), o.SetupFee.String(),
			documents(o.Documents), view.Quoted(o.Vendor),
		}
		if found {
			row = append(row, h.Since())
		}
		if names != nil {
			row = append(row, view.Quoted(names[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func documents(needed *bool) string {
	switch {
	case needed == nil:
		return "not stated"
	case *needed:
		return "needed"
	}
	return "none"
}

// String says what numbers of the kind cost: "median 4.50, lowest in 30 days
// 3.10"; "" where that is not known.
func (k Kind) String() string {
	if !k.Median.Known() {
		return ""
	}
	lowest := "lowest now"
	if k.Days > 0 {
		lowest = fmt.Sprintf("lowest in %d days", k.Days)
	}
	return "median " + k.Median.String() + ", " + lowest + " " + k.Lowest.String()
}

// Stands is where a hit stands, in a word: told, waiting, or gone, also for one
// that was told; "" for what was not found, but was there before.
func (h *Hit) Stands() string {
	switch {
	case h.Found.IsZero():
		return ""
	case !h.Ended.IsZero():
		return "gone"
	case h.Told.IsZero():
		return "waiting"
	}
	return "told"
}

// Since says in words when a hit was found, and when it was gone; "" as Stands.
func (h *Hit) Since() string {
	if h.Found.IsZero() {
		return ""
	}
	text := h.Found.UTC().Format("2 Jan 15:04")
	if !h.Ended.IsZero() {
		text += ", gone by " + h.Ended.UTC().Format("2 Jan 15:04")
	}
	return text
}

// Covers says what a look rests upon, as a sentence; "" for all of the market,
// as of a quarter of an hour ago or later.
func (c Coverage) Covers(now time.Time) string {
	switch {
	case c.AsOf.IsZero():
		return "Nothing of this part of the market is remembered yet."
	case !c.Complete:
		return "This part of the market was not read to its end lately."
	case now.Sub(c.AsOf) > 15*time.Minute:
		return "The market is known as of " + c.AsOf.UTC().Format("2006-01-02 15:04") + " UTC."
	}
	return ""
}
