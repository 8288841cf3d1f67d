package app

import (
	"context"
	"fmt"
	"time"

	"didops/internal/config"
	"didops/internal/notify"
	"didops/internal/view"
)

// webhooks says how each receiver is told. Nothing is sent.
func (e *doctor) webhooks(ctx context.Context, c *config.Config) {
	if len(c.Webhooks) == 0 {
		return
	}
	kept, err := e.openStore(c)
	if err != nil {
		return // said of the store
	}
	e.books = kept
	told, err := e.notifying(c)
	if err != nil {
		e.fail("webhook", err)
		return
	}
	list, err := told.Standings(ctx)
	if err != nil {
		e.fail("webhook", err)
		return
	}
	for i := range list {
		e.told(&list[i])
	}
}

// told says how one receiver is told.
func (e *doctor) told(s *notify.Standing) {
	now := e.Now()
	const try, served = "didops webhook test %s says more", "events are delivered by didops serve: run it with this configuration"
	remedy := fmt.Sprintf(try, s.Name)
	waits := ""
	if s.Waiting > 0 {
		waits = fmt.Sprintf("; %s, the first for %s", waiting(s.Waiting), rough(now.Sub(s.Oldest)))
	}
	switch {
	case !s.Known:
		e.warn("webhook", served, "%s: it is new, and told what happens once it is served", s.Name)
	case s.Idle(now):
		e.warn("webhook", served, "%s: nothing has been at it since %s%s", s.Name, stamp(s.Seen), waits)
	case !s.Closed.IsZero():
		e.warn("webhook", "mend the receiver and run didops webhook test "+s.Name+", or change or remove its settings",
			"%s: it said on %s that it wants no more events%s", s.Name, stamp(s.Closed), waits)
	case !s.Failing.IsZero():
		e.warn("webhook", remedy, "%s: it fails since %s: %s%s%s", s.Name, stamp(s.Failing), s.Note, waits, lost(s.Failed))
	case s.Failed > 0:
		e.warn("webhook", "ask for those orders by didops order get; they are in didops audit export", "%s: %s%s%s", s.Name, last(s), waits, lost(s.Failed))
	default:
		e.ok("webhook", "%s: %s%s", s.Name, last(s), waits)
	}
}

func waiting(n int) string {
	if n == 1 {
		return "1 event waits"
	}
	return view.Count(n) + " events wait"
}

func lost(n int) string {
	if n == 0 {
		return ""
	}
	return "; " + view.Plural(n, "event") + " given up in 30 days"
}

func last(s *notify.Standing) string {
	if s.Told.IsZero() {
		return "it was told nothing yet"
	}
	return "it was told on " + stamp(s.Told)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// rough is a time in its largest unit.
func rough(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return view.Plural(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return view.Plural(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return view.Plural(int(d/time.Minute), "minute")
	}
	return "moments"
}
