package app

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"didops/bots/calendar"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/view"
)

// addCalendars serves the renewals of numbers to those who are named for it. Who
// is named may be changed while it is served, also from nobody.
func (a *app) addCalendars(s *service, c *config.Config, mux *http.ServeMux) error {
	list, err := calendarsOf(c)
	if err != nil {
		return err
	}
	reports := a.reports
	// Programs ask twice a day. Who serves looks at the list by itself.
	reports.MaxAge = max(2*c.Inventory.Every, time.Hour)
	handler := calendar.New(calendar.Config{
		Read: func(ctx context.Context) (view.Agenda, error) {
			agenda, err := reports.Agenda(ctx)
			if c.Sandbox() {
				agenda = agenda.Marked()
			}
			return agenda, err
		},
		RequestsPerMinute: c.HTTP.RequestsPerMinute, Refused: a.metrics.HTTPRefused, Now: a.Now, Log: a.log(),
	}, list)
	mux.Handle(calendar.Path, handler)
	s.changes = append(s.changes, func(next *config.Config) (func(), error) {
		list, err := calendarsOf(next)
		return func() { handler.Exchange(list) }, err
	})
	return nil
}

// calendarsOf translates the configured calendars.
func calendarsOf(c *config.Config) ([]calendar.Calendar, error) {
	list := make([]calendar.Calendar, 0, len(c.HTTP.Calendars))
	for _, named := range c.HTTP.Calendars {
		m := calendar.Calendar{Name: named.Name, Fees: named.Fees}
		if _, err := hex.Decode(m.TokenSHA256[:], []byte(named.TokenSHA256)); err != nil {
			return nil, fault.New(fault.Invalid, "token_sha256 of %s is not 64 hexadecimal digits", named.Name).WithField("http.calendars")
		}
		list = append(list, m)
	}
	return list, nil
}
