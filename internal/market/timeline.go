package market

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"didops/internal/money"
)

// What happened to a number.
type What string

// What happened to a number.
const (
	WasFound = What("found")   // it was there when its part was read for the first time; nobody knows since when
	Came     = What("came")    // it came, for the first time as far as is known
	Back     = What("back")    // it came again
	Changed  = What("changed") // it is offered on other terms
	Left     = What("left")    // it is not among the numbers of its type any more; it may be of another
	Gone     = What("gone")    // it is not for sale any more
	Lapsed   = What("lapsed")  // it was not seen for so long that nothing is known of it any more
)

// Moment is one thing that is known of a number's past.
type Moment struct {
	At   time.Time // when the reading began that met it
	What What      // WasFound to Lapsed

	// The terms: from then on, or until then where it is not there any more.
	MonthlyFee, SetupFee money.Amount
	Vendor, Type         string
	Country              string // ISO 3166-1 alpha-2; "" where not known

	// Of a change, what was before, where it differs; else as above.
	WasMonthly, WasSetup money.Amount
	Others               []string  // what else changed: features, documents, prices of use, description, listing
	Seen                 time.Time // of what ended, when it was seen last before
}

// Timeline is what is known of a number's past.
type Timeline struct {
	Moments []Moment  // in their order
	Seen    time.Time // when it was seen last; zero: never
	There   bool      // it is for sale, as far as is known
	Since   time.Time // when its part was read for the first time, as far as it is kept; zero: never
}

// Timeline returns what is known of a number, given as digits without +.
func (v *View) Timeline(ctx context.Context, digits string) (Timeline, error) {
	number, ok := numberOf(digits)
	if !ok {
		return Timeline{}, nil
	}
	var events []event
	err := v.happened(ctx, []string{digits}, 0, func(c *chunk) error {
		return c.each(func(e *entry) {
			if e.digits == number {
				events = append(events, c.event(e))
			}
		})
	})
	if err != nil {
		return Timeline{}, err
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	now, err := v.row(ctx, digits)
	if err != nil {
		return Timeline{}, err
	}
	t := Timeline{Moments: moments(events, now)}
	q := question{prefix: digits}
	switch {
	case now != nil:
		t.Seen, t.There = micro(now.seen), !now.lost
		q.kind, q.features = now.place.Type, now.features
	case len(events) > 0:
		last := events[len(events)-1]
		t.Seen = micro(last.seen)
		q.kind = last.old.place.Type
	}
	_, t.Since, err = v.seen(ctx, []string{digits}, q)
	return t, err
}

// numberOf reads digits that are kept as a number.
func numberOf(digits string) (uint64, bool) {
	number, err := strconv.ParseUint(digits, 10, 63)
	return number, err == nil && digitsOf(number) == digits
}

func micro(at int64) time.Time { return time.UnixMicro(at).UTC() }

// present is a number that is remembered and can be bought.
type present struct {
	terms
	features   uint16
	seen, stay int64
	lost       bool
}

// row returns the number as it is there; nil where it is not.
func (v *View) row(ctx context.Context, digits string) (*present, error) {
	var out *present
	var found Found
	f := Filter{Prefixes: []string{digits}, past: true, Number: func(d []byte) bool { return string(d) == digits }}
	err := v.Visit(ctx, f.Prefixes, func(c *Cell) error {
		c.Select(&f, &found)
		for _, i := range found.Fit {
			if !c.Purchasable(i) {
				continue
			}
			rest, err := v.cold(ctx, c)
			if err != nil {
				return err
			}
			out = &present{
				terms: terms{
					c.Place(i), c.sellers.text(int(c.at(colSeller, i))),
					c.amounts.text(int(c.at(colMonthly, i))), c.amounts.text(int(c.at(colSetup, i))),
				},
				features: c.flagsAt(i) & (flagVoice | flagSMS | flagFax | flagVideo),
				seen:     rest.seen.at(i), stay: rest.stay.at(i), lost: c.flagsAt(i)&(flagAstray|flagMissed) != 0,
			}
		}
		return nil
	})
	return out, err
}

// moments tells events, which are in order, of a number that is there now as
// given.
func moments(events []event, now *present) []Moment {
	var list []Moment
	begun := false // the stay that the next event is of has its beginning
	for i := range events {
		e := &events[i]
		if !begun && e.what != eventCame {
			list = append(list, beginning(events[i:], e.old, now)...)
		}
		m := momentOf(e)
		if e.what == eventCame && len(list) > 0 {
			m.What = Back
		}
		list = append(list, m)
		begun = !e.ends()
	}
	if !begun && now != nil {
		m := beginning(nil, now.terms, now)
		if len(list) > 0 && m[0].What == Came {
			m[0].What = Back
		}
		list = append(list, m...)
	}
	return list
}

// beginning tells how a stay began whose coming is not among the events: by
// what its end, or the number as it is now, says of it.
func beginning(rest []event, as terms, now *present) []Moment {
	stay := int64(0)
	if i := slices.IndexFunc(rest, func(e event) bool { return e.ends() }); i >= 0 {
		stay = rest[i].stay
	} else if now != nil {
		stay = now.stay
	}
	if stay == 0 {
		return nil
	}
	first, found := stayed(stay)
	m := Moment{At: micro(first), What: Came}
	if found {
		m.What = WasFound
	}
	m.take(as)
	return []Moment{m}
}

func momentOf(e *event) Moment {
	m := Moment{At: micro(e.at)}
	switch e.what {
	case eventCame:
		m.What = Came
		m.take(e.now)
	case eventChanged:
		m.What = Changed
		m.take(e.now)
		m.WasMonthly, m.WasSetup = amount(e.old.monthly), amount(e.old.setup)
		m.Others = others(e)
	case eventLeft:
		m.What = Left
		m.take(e.old)
	case eventGone, eventLapsed:
		m.What = Gone
		if e.what == eventLapsed {
			m.What = Lapsed
		}
		m.take(e.old)
		m.Seen = micro(e.seen)
	}
	return m
}

func (m *Moment) take(t terms) {
	m.MonthlyFee, m.SetupFee = amount(t.monthly), amount(t.setup)
	m.Vendor, m.Type, m.Country = t.seller, t.place.Type, t.place.Country
}

// others names what changed besides the fees.
func others(e *event) []string {
	var list []string
	for _, o := range []struct {
		is   bool
		name string
	}{
		{e.old.seller != e.now.seller, "vendor"},
		{e.old.place.Type != e.now.place.Type, "type"},
		{e.old.place.Country != e.now.place.Country, "country"},
		{e.other&otherFeatures != 0, "features"},
		{e.other&otherDocuments != 0, "documents"},
		{e.other&otherTariff != 0, "prices of use"},
		{e.other&otherText != 0, "description"},
		{e.other&otherID != 0, "id"},
	} {
		if o.is {
			list = append(list, o.name)
		}
	}
	return list
}
