package watch

import (
	"fmt"
	"strings"
	"time"

	"didops/internal/view"
)

// Table is hits as people are shown them, a row each. With the watches that found
// them, one for each hit, it names these and says where each hit stands;
// otherwise, as in a message, only what is gone. When they were found is not said
// of what has just begun to be watched.
func Table(currency string, hits []Hit, of []*Watch) view.Table {
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
	stands := func(i int) string {
		switch {
		case of != nil:
			return hits[i].Standing(of[i])
		case hits[i].Ended.IsZero():
			return ""
		}
		return hits[i].Standing(nil)
	}
	found, stand := false, false
	for i := range hits {
		found, stand = found || !hits[i].Found.IsZero(), stand || stands(i) != ""
	}
	if found {
		t.Columns = append(t.Columns, view.Column{Title: "Found (UTC)", Brief: "found %s UTC"})
	}
	if stand {
		t.Columns = append(t.Columns, view.Column{Title: "State", Brief: "%s"})
	}
	if of != nil {
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
		if stand {
			row = append(row, stands(i))
		}
		if of != nil {
			row = append(row, view.Quoted(of[i].Name))
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

// Stands is where a hit of a watch stands, in a word: told, waiting, or found
// where it is not to be told; gone, also for one that was told; "" for what was
// not found, but was there before.
func (h *Hit) Stands(w *Watch) string {
	switch {
	case h.Found.IsZero():
		return ""
	case !h.Ended.IsZero():
		return "gone"
	case !h.Told.IsZero():
		return "told"
	case w.Place == "":
		return "found"
	}
	return "waiting"
}

// Standing is the same with when it was told, and was gone.
func (h *Hit) Standing(w *Watch) string {
	var parts []string
	if !h.Told.IsZero() {
		parts = append(parts, "told "+stamp(h.Told)+" UTC")
	}
	switch {
	case !h.Ended.IsZero():
		parts = append(parts, "gone by "+stamp(h.Ended)+" UTC")
	case len(parts) == 0:
		parts = append(parts, h.Stands(w))
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04") }

// Since says when a hit was found, in UTC; "" as Stands.
func (h *Hit) Since() string {
	if h.Found.IsZero() {
		return ""
	}
	return stamp(h.Found)
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
