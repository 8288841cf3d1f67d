package did

import (
	"context"
	"strings"

	"didops/internal/exchange"
	"didops/internal/phone"
	"didops/internal/view"
)

// noNumbers is the reason that comes before all others.
const noNumbers = "This account has no numbers."

// explain says, a sentence each, why no own number fits. It reads the whole
// list, so it is called for nothing else; nil where that fails.
func (h *ownNumbers) explain(ctx context.Context, m *ownMatcher) []string {
	checks := []struct {
		name  string
		given bool
		fits  func(*exchange.Owned) bool
	}{
		{"country", m.countries != nil, func(o *exchange.Owned) bool { return m.inCountry(&o.Number) }},
		{"prefix", m.prefix != "", func(o *exchange.Owned) bool { return strings.HasPrefix(o.Digits, m.prefix) }},
		{"number", m.number != "", func(o *exchange.Owned) bool { return o.Digits == m.number }},
		{"description", m.part != "", func(o *exchange.Owned) bool { return m.describes(&o.Number) }},
		{"state", m.state != "", func(o *exchange.Owned) bool { return ownState(o) == m.state }},
		{"tag", m.tag != "", m.tagged},
		{"owner", m.owner != "", m.owned},
		{"cost_centre", m.payer != "", m.paid},
		{"route", m.route != nil, m.routed},
		{"due_before", !m.due.IsZero(), m.falls},
		{"idle_for", m.idle > 0, m.rests},
	}
	var names []string
	for _, c := range checks {
		if c.given {
			names = append(names, c.name)
		}
	}
	f := newFunnel("own numbers", names...)
	rows, complete, err := h.scan(ctx, func(o *exchange.Owned) {
		var fits []bool
		for _, c := range checks {
			if c.given {
				fits = append(fits, c.fits(o))
			}
		}
		f.add(fits)
	})
	if err != nil {
		return nil
	}
	list := []string{f.steps()}
	switch {
	case f.base == 0 && complete:
		list[0] = noNumbers
	case !complete:
		list[0] += " That is of the first " + view.Count(rows) + " numbers read."
	}
	if m.prefix != "" && m.countries == nil {
		list = append(list, areaCode(m.prefix))
	}
	if m.number != "" && m.countries == nil && m.prefix == "" {
		list = append(list, phone.Format(m.number)+" is looked for as a whole number; prefix finds the numbers that begin so.")
	}
	if text := f.without(); text != "" {
		list = append(list, text)
	}
	return list
}

// scan reads every own number, and tells how many rows came and whether that
// was all.
func (h *ownNumbers) scan(ctx context.Context, take func(*exchange.Owned)) (rows int, complete bool, err error) {
	reading, err := h.Reader.Owned(ctx, exchange.OwnedQuery{Until: newReadStats(h.Config).until}, func(page []exchange.Owned) error {
		for i := range page {
			take(&page[i])
		}
		rows += len(page)
		return nil
	})
	return rows, reading.Complete, err
}
