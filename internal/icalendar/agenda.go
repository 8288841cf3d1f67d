package icalendar

import (
	"strings"

	"didops/internal/view"
)

// Of returns the calendar of an agenda, in which what things cost is told only
// where that is asked for: calendars are shared more widely than bills.
func Of(a view.Agenda, costs bool) Calendar {
	c := Calendar{Name: a.Name, Stamp: a.AsOf}
	for _, e := range a.Events {
		what := e.What
		if costs && e.Cost != "" {
			what += ", " + e.Cost
		}
		c.Events = append(c.Events, Event{ID: e.ID, Day: e.Day, What: what, More: strings.TrimSpace(e.More)})
	}
	return c
}
